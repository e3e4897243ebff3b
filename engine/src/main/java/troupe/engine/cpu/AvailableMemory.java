package troupe.engine.cpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may still take: the kernel's estimate, cut by the control group's limit. */
public final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path GROUP = Path.of("/sys/fs/cgroup");

    private AvailableMemory() {}

    /** Bytes; where the system does not say, four times the Java heap's limit. */
    public static long bytes() {
        long available = 4 * Runtime.getRuntime().maxMemory();
        try {
            for (String line : Files.readAllLines(MEMINFO)) {
                if (line.startsWith("MemAvailable:")) {
                    available = Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return available; // no Linux: the default stands
        }
        try {
            long limit =
                    Long.parseLong(Files.readString(GROUP.resolve("memory.max")).strip());
            long used = Long.parseLong(
                    Files.readString(GROUP.resolve("memory.current")).strip());
            return Math.min(available, Math.max(0, limit - used));
        } catch (IOException | NumberFormatException e) {
            return available; // no control group, or no limit ("max")
        }
    }
}
