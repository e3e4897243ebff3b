package troupe.kernels;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the kernel says about the pages under memory. The source is {@code proc_pid_smaps(5)}. */
public final class HugePages {
    private static final Path SMAPS = Path.of("/proc/self/smaps");

    private HugePages() {}

    /**
     * Bytes of {@code segment} that are mapped by huge pages now; pages that were never touched are not. Takes
     * milliseconds. 0 where the system does not say.
     */
    public static long bytesUnder(MemorySegment segment) {
        try (BufferedReader lines = Files.newBufferedReader(SMAPS, StandardCharsets.UTF_8)) {
            return count(lines, segment.address(), segment.address() + segment.byteSize());
        } catch (IOException e) {
            return 0; // no Linux
        }
    }

    /** Sums over the mappings that overlap [from, to), of each at most the bytes that do. */
    static long count(BufferedReader smaps, long from, long to) throws IOException {
        long sum = 0;
        long overlap = 0;
        for (String line = smaps.readLine(); line != null; line = smaps.readLine()) {
            if (isMapping(line)) {
                int dash = line.indexOf('-');
                long start = Long.parseUnsignedLong(line.substring(0, dash), 16);
                long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
                overlap = Math.max(0, Math.min(end, to) - Math.max(start, from));
            } else if (overlap > 0 && isHugePageCount(line)) {
                sum += Math.min(overlap, kibibytes(line) * 1024);
            }
        }
        return sum;
    }

    /** The first line of a mapping begins with its addresses in lower-case hexadecimal, a field with its name. */
    private static boolean isMapping(String line) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        return dash > 0
                && dash < space
                && Character.digit(line.charAt(0), 16) >= 0
                && !line.substring(0, space).contains(":");
    }

    private static boolean isHugePageCount(String line) {
        return line.startsWith("AnonHugePages:")
                || line.startsWith("FilePmdMapped:")
                || line.startsWith("ShmemPmdMapped:");
    }

    private static long kibibytes(String line) {
        return Long.parseLong(
                line.substring(line.indexOf(':') + 1, line.lastIndexOf(' ')).strip());
    }
}
