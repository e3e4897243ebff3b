package troupe.multinode;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A node in a process of its own, as {@code troupe node} starts it. Its output goes to a file. */
public final class NodeProcess implements AutoCloseable {
    /** Far more than it takes: a machine may be busy with other things. */
    private static final long LIMIT_SECONDS = 180;

    private static final Pattern NODE = Pattern.compile("(?m)^  node +(\\S+) \\(");
    private static final Pattern URL = Pattern.compile("(?m)^  url +(\\S+)$");

    private final Process process;
    private final Path log;
    private final Launch launch;
    private volatile @Nullable String address;
    private volatile @Nullable String url;

    private NodeProcess(Process process, Path log, Launch launch) {
        this.process = process;
        this.log = log;
        this.launch = launch;
    }

    /**
     * Starts the node and does not wait.
     *
     * @param log where its output goes
     * @param cacheFolder of the models
     * @param join addresses of nodes; none: it begins a cluster
     * @param common settings, over which the launch's own go
     */
    static NodeProcess start(
            Launch launch,
            Path log,
            Path cacheFolder,
            List<String> join,
            Map<String, String> common,
            List<String> jvmFlags)
            throws IOException {
        List<String> command = new ArrayList<>(launch.host().prefix());
        command.addAll(java(jvmFlags, common, launch));
        command.addAll(List.of("node", "--role", launch.role()));
        launch.model().ifPresent(model -> command.addAll(List.of("--model", model)));
        join.forEach(address -> command.addAll(List.of("--join", address)));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        launch.directory().ifPresent(directory -> builder.directory(directory.toFile()));
        builder.environment().put("TROUPE_CACHE", cacheFolder.toString());
        builder.environment().putAll(launch.host().environment());
        return new NodeProcess(builder.start(), log, launch);
    }

    private static List<String> java(List<String> flags, Map<String, String> common, Launch launch) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        common.forEach((key, value) -> command.add("-Dtroupe." + key + "=" + value));
        launch.settings().forEach((key, value) -> command.add("-Dtroupe." + key + "=" + value));
        String classPath = classPath();
        if (!launch.classesFirst().isEmpty()) {
            classPath =
                    launch.classesFirst().stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator))
                            + File.pathSeparator
                            + classPath;
        }
        command.addAll(List.of("-cp", classPath, launch.host().main()));
        return command;
    }

    /** That of this process, behind the manifest of a jar too. */
    public static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Waits until the node has said its address. */
    public String address() throws IOException, InterruptedException {
        return await(NODE).group(1);
    }

    /** Waits until the gateway has said where it listens. */
    public String url() throws IOException, InterruptedException {
        return await(URL).group(1);
    }

    /** Its address if it has said it already. */
    public Optional<String> knownAddress() throws IOException {
        if (address == null) {
            address = find(NODE);
        }
        return Optional.ofNullable(address);
    }

    Optional<String> knownUrl() throws IOException {
        if (url == null) {
            url = find(URL);
        }
        return Optional.ofNullable(url);
    }

    private @Nullable String find(Pattern pattern) throws IOException {
        Matcher matcher = pattern.matcher(log());
        return matcher.find() ? matcher.group(1) : null;
    }

    /**
     * Waits until the node's output has something that matches.
     *
     * @throws IOException if it ends before or does not in time; the message has the output
     */
    Matcher await(Pattern pattern) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            boolean last = !process.isAlive() || System.nanoTime() - end > 0;
            Matcher matcher = pattern.matcher(log());
            if (matcher.find()) {
                return matcher;
            }
            if (last) {
                throw new IOException("no " + pattern + " in " + log + ":\n" + log());
            }
            Thread.sleep(20);
        }
    }

    /** All that it has said so far. */
    public String log() throws IOException {
        return Files.exists(log) ? Files.readString(log) : "";
    }

    public Launch launch() {
        return launch;
    }

    public boolean isGateway() {
        return launch.isGateway();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** SIGSTOP: it is there, and silent. */
    public void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT: it goes on. */
    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process signal = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                .inheritIO()
                .start();
        if (signal.waitFor() != 0) {
            throw new IOException("process " + process.pid() + " cannot be sent SIG" + name);
        }
    }

    /** Writes a line to the process's standard input. */
    public void tell(String line) throws IOException {
        process.outputWriter().append(line).append('\n').flush();
    }

    public long pid() {
        return process.pid();
    }

    /** Where its output goes. */
    public Path logFile() {
        return log;
    }

    /** SIGTERM; the node hands over what it does, and ends. */
    public void terminate() {
        process.destroy();
    }

    /**
     * Waits until the node has ended by itself.
     *
     * @return its status
     * @throws IOException if it does not in time; the message has its output
     */
    public int awaitEnd() throws InterruptedException, IOException {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the node has not ended:\n" + log());
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
