package troupe.bench.routing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link TimedNode} in a process of its own, with this process's class path. */
final class WorkerProcess implements AutoCloseable {
    private static final long END_SECONDS = 20;

    private final Process process;

    private WorkerProcess(Process process) {
        this.process = process;
    }

    /** Starts a worker and does not wait until it is up. */
    static WorkerProcess start(RoutingOptions options, String settings) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xms128m",
                "-Xmx512m",
                "-DLOG_LEVEL=WARN"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TimedNode.class.getName()));
        command.addAll(List.of("--settings", settings));
        command.addAll(options.ofWorkers());
        return new WorkerProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Waits until the node has its address. */
    void awaitStart() throws IOException {
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        if (output.readLine() == null) {
            throw new IOException("a worker ended before it had started");
        }
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
