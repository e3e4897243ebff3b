package troupe.bench.probe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Processor time of another process's threads so far, from {@code /proc/PID/task} (proc(5)). */
public final class ThreadTime {
    /** The kernel counts in hundredths of a second towards user space, whatever its own clock. */
    public static final double TICKS_PER_SECOND = 100;

    private ThreadTime() {}

    /** Ticks by the threads' names, those of threads that have ended left out. */
    public static Map<String, Long> of(long pid) throws IOException {
        Map<String, Long> ticks = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            threads.forEach(thread -> add(thread, ticks));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return ticks;
    }

    private static void add(Path thread, Map<String, Long> ticks) {
        try {
            String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            ticks.merge(name, CpuTime.threadTicks(stat), Long::sum);
        } catch (NoSuchFileException e) {
            // It ended just now.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
