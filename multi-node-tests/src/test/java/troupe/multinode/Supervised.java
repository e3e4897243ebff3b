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
import java.util.stream.Stream;

/** {@code troupe serve --workers N} in a process of its own, with its nodes below it. */
final class Supervised implements AutoCloseable {
    private static final Pattern URL = Pattern.compile("(?m)^  url +(\\S+)$");
    private static final long LIMIT_SECONDS = 180;

    private final Process process;
    private final Path log;

    private Supervised(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    static Supervised start(
            Path folder, List<String> jvmFlags, Map<String, String> settings, Path classesFirst, int workers)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmFlags);
        settings.forEach((key, value) -> command.add("-Dtroupe." + key + "=" + value));
        command.addAll(List.of(
                "-cp",
                classesFirst + java.io.File.pathSeparator + NodeProcess.classPath(),
                "troupe.cli.Main",
                "serve",
                "--workers",
                String.valueOf(workers)));
        Path log = folder.resolve("supervisor.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("TROUPE_CACHE", folder.resolve("cache").toString());
        return new Supervised(builder.start(), log);
    }

    /** Waits until all nodes serve. */
    String url() throws IOException, InterruptedException {
        return await(URL).group(1);
    }

    Matcher await(Pattern pattern) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            Matcher matcher = pattern.matcher(log());
            if (matcher.find()) {
                return matcher;
            }
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new IOException("no " + pattern + " in:\n" + log());
            }
            Thread.sleep(20);
        }
    }

    int count(String text) throws IOException {
        return (int) log().lines().filter(line -> line.contains(text)).count();
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** The worker processes that run now. */
    List<ProcessHandle> workers() {
        try (Stream<ProcessHandle> children = process.toHandle().children()) {
            return children.filter(Supervised::isWorker).toList();
        }
    }

    /** {@link ProcessHandle} knows no arguments where a class path is long. */
    private static boolean isWorker(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"))
                    .contains("--role\0worker\0");
        } catch (IOException e) {
            return false; // it has just ended
        }
    }

    @Override
    public void close() {
        // Its nodes notice by their standard input.
        process.destroyForcibly();
    }
}
