package troupe.multinode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node in a process of its own, as {@code troupe node} starts it. Its output goes to a file. */
final class NodeProcess implements AutoCloseable {
    private static final long START_SECONDS = 60;
    private static final long END_SECONDS = 60;
    private static final Pattern NODE = Pattern.compile("(?m)^  node +(\\S+) \\(");
    private static final Pattern URL = Pattern.compile("(?m)^  url +(\\S+)$");

    private final Process process;
    private final Path log;

    private NodeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts the node and does not wait.
     *
     * @param settings by key, without the leading "troupe."
     * @param arguments after {@code node}
     */
    static NodeProcess start(
            Path folder, String name, String mainClass, Map<String, String> settings, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Xmx256m"));
        settings.forEach((key, value) -> command.add("-Dtroupe." + key + "=" + value));
        command.addAll(List.of(
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                mainClass));
        command.addAll(arguments);
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("TROUPE_CACHE", folder.resolve("cache").toString());
        return new NodeProcess(builder.start(), log);
    }

    /** Waits until the node has said its address. */
    String address() throws IOException, InterruptedException {
        return await(NODE);
    }

    /** Waits until the gateway has said where it listens. */
    String url() throws IOException, InterruptedException {
        return await(URL);
    }

    private String await(Pattern pattern) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (true) {
            Matcher matcher = pattern.matcher(log());
            if (matcher.find()) {
                return matcher.group(1);
            }
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new AssertionError("no " + pattern + " in " + log + ":\n" + log());
            }
            Thread.sleep(20);
        }
    }

    String log() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(END_SECONDS, TimeUnit.SECONDS);
    }

    /** SIGTERM, and waits for the end; the node hands over what it does. */
    void terminate() throws InterruptedException, IOException {
        process.destroy();
        awaitEnd();
    }

    /** Waits until the node has ended by itself. */
    void awaitEnd() throws InterruptedException, IOException {
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the node has not ended:\n" + log());
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
