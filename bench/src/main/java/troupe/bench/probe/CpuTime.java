package troupe.bench.probe;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Processor time so far, in the kernel's ticks, from {@code /proc} (proc(5)).
 *
 * @param busy of the whole machine, time stolen by the host included
 * @param total of the whole machine, idle time included
 * @param own of this process, its ended children and its living descendants
 */
public record CpuTime(long busy, long total, long own) {
    private static final int USER = 13; // fields of /proc/PID/stat, counted from 0
    private static final int SYSTEM = 14;
    private static final int CHILDREN_SYSTEM = 16;

    /** Ticks below which a share is the rounding of the counters. */
    private static final long NOISE_TICKS = 3;

    /** The state now; empty where there is no {@code /proc}. */
    public static Optional<CpuTime> now() throws IOException {
        Path stat = Path.of("/proc/stat");
        if (!Files.isReadable(stat)) {
            return Optional.empty();
        }
        String machine = Files.readString(stat, StandardCharsets.UTF_8);
        long own = processTicks(Files.readString(Path.of("/proc/self/stat"), StandardCharsets.ISO_8859_1));
        for (ProcessHandle child : ProcessHandle.current().descendants().toList()) {
            own += childTicks(child.pid());
        }
        return Optional.of(of(machine, own));
    }

    /** @param machine the content of {@code /proc/stat} */
    static CpuTime of(String machine, long own) {
        String[] fields = machine.lines().findFirst().orElseThrow().strip().split(" +", -1);
        long total = 0;
        for (int i = 1; i < Math.min(fields.length, 9); i++) { // what guests take is part of user time
            total += Long.parseLong(fields[i]);
        }
        long idle = Long.parseLong(fields[4]) + Long.parseLong(fields[5]);
        return new CpuTime(total - idle, total, own);
    }

    private static long childTicks(long pid) {
        try {
            return processTicks(
                    Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return 0; // it ended just now, and counts among its parent's ended children
        }
    }

    /** User and system time of a process and of its ended children, from its {@code /proc/PID/stat}. */
    static long processTicks(String stat) {
        return ticks(stat, CHILDREN_SYSTEM);
    }

    /** User and system time of a thread alone, from its {@code stat}. */
    static long threadTicks(String stat) {
        return ticks(stat, SYSTEM);
    }

    private static long ticks(String stat, int lastField) {
        // The second field, the command's name in brackets, may have spaces.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int field = USER; field <= lastField; field++) {
            ticks += Long.parseLong(fields[field - 2]);
        }
        return ticks;
    }

    /** The share of the machine, 0 to 1, that others than this process and its children took since {@code earlier}. */
    public double foreignShareSince(CpuTime earlier) {
        long foreign = (busy - earlier.busy) - (own - earlier.own);
        long elapsed = total - earlier.total;
        return foreign <= NOISE_TICKS || elapsed <= 0 ? 0 : (double) foreign / elapsed;
    }
}
