package troupe.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Runs programs to their end. */
final class Programs {
    private static final int SHOWN_LINES = 5;

    private Programs() {}

    /**
     * Runs a program in the log's folder, where it may leave files, and returns what it printed to its standard output.
     *
     * @param command its paths are absolute
     * @param log gets its standard error
     * @throws IOException if it cannot be started or ends with another status than 0; says the end of the log
     */
    static String run(List<String> command, Path log) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(log.toAbsolutePath().resolveSibling("").toFile())
                .redirectError(log.toFile())
                .start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } finally {
            if (Thread.currentThread().isInterrupted()) {
                process.destroy();
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with status " + status
                    + (status > 128 ? " (signal " + (status - 128) + ")" : "") + ": " + endOf(log));
        }
        return output;
    }

    /** The first of some folders that has all of certain programs, absolute. */
    static Optional<Path> folderOf(List<String> programs, List<Path> candidates) {
        return candidates.stream()
                .filter(folder -> programs.stream().allMatch(name -> Files.isExecutable(folder.resolve(name))))
                .findFirst()
                .map(Path::toAbsolutePath);
    }

    /** The folders of the environment's PATH. */
    static List<Path> path() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .map(Path::of)
                .toList();
    }

    /** The last lines of a log, for messages. */
    static String endOf(Path log) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return String.join(" | ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    }
}
