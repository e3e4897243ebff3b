package troupe.engine.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Optional;

/**
 * What the processors that this process may use have done so far, in the kernel's ticks, from {@code /proc} (proc(5)).
 *
 * @param processors that this process may use
 * @param total ticks of all of them, idle ones included
 * @param busy ticks of all of them with work of ordinary or higher priority; what runs at a lower one gives way
 * @param own ticks of this process
 */
record ProcessorTime(BitSet processors, long total, long busy, long own) {
    private static final Path STAT = Path.of("/proc/stat");
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final int PROCESS_USER = 11; // fields of /proc/self/stat after the command's name, counted from 0
    private static final int PROCESS_SYSTEM = 12;
    private static final int USER = 1; // fields of a processor in /proc/stat
    private static final int SYSTEM = 3;
    private static final int INTERRUPTS = 6;
    private static final int SOFT_INTERRUPTS = 7;
    private static final int LAST = 8; // stolen by the host; what guests take is part of user time

    /** The counters now; empty where the system has none of these. */
    static Optional<ProcessorTime> now() {
        if (!Files.isReadable(STAT)) {
            return Optional.empty();
        }
        try {
            return Optional.of(of(
                    Files.readString(STAT, StandardCharsets.ISO_8859_1),
                    Files.readString(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1),
                    Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1)));
        } catch (IOException | RuntimeException _) {
            return Optional.empty(); // a system that has these files and writes them in another way
        }
    }

    /**
     * @param machine the content of {@code /proc/stat}
     * @param status of {@code /proc/self/status}
     * @param process of {@code /proc/self/stat}
     */
    static ProcessorTime of(String machine, String status, String process) {
        BitSet allowed = allowed(status);
        BitSet processors = new BitSet();
        long total = 0;
        long busy = 0;
        for (String line : machine.lines().toList()) {
            if (!line.startsWith("cpu")) {
                break; // those of processors come first
            }
            String[] fields = line.split(" +", -1);
            if (fields[0].length() == 3 || !allowed.get(Integer.parseInt(fields[0].substring(3)))) {
                continue;
            }
            processors.set(Integer.parseInt(fields[0].substring(3)));
            for (int i = USER; i <= LAST; i++) {
                total += Long.parseLong(fields[i]);
            }
            for (int i : new int[] {USER, SYSTEM, INTERRUPTS, SOFT_INTERRUPTS}) {
                busy += Long.parseLong(fields[i]);
            }
        }
        return new ProcessorTime(processors, total, busy, ofProcess(process));
    }

    private static BitSet allowed(String status) {
        String list = status.lines()
                .filter(line -> line.startsWith(ALLOWED))
                .findFirst()
                .orElseThrow()
                .substring(ALLOWED.length())
                .strip();
        BitSet allowed = new BitSet();
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", -1);
            allowed.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        }
        return allowed;
    }

    private static long ofProcess(String process) {
        // The second field, the command's name in brackets, may have spaces.
        String[] fields = process.substring(process.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[PROCESS_USER]) + Long.parseLong(fields[PROCESS_SYSTEM]);
    }

    /** Processors' worth of work that others have done since {@code earlier}; 0 if no time has passed. */
    double foreignSince(ProcessorTime earlier) {
        long elapsed = total - earlier.total;
        long foreign = (busy - earlier.busy) - (own - earlier.own);
        return elapsed <= 0 ? 0 : Math.max(0, (double) foreign / elapsed * processors.cardinality());
    }
}
