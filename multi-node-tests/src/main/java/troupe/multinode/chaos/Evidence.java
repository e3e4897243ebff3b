package troupe.multinode.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is kept of a scenario that went wrong: requests with the answers wanted and given, the nodes' logs, the seed. */
final class Evidence {
    /** More tell nothing new. */
    private static final int MOST_REQUESTS = 20;

    private Evidence() {}

    /** Writes it down; gives the folder, empty where nothing went wrong. */
    static Optional<Path> keep(
            ChaosOptions options,
            Scenario scenario,
            List<Outcome> bad,
            Map<Question, Answer> expected,
            List<String> violations)
            throws IOException {
        if (bad.isEmpty() && violations.isEmpty()) {
            return Optional.empty();
        }
        Path folder = Files.createDirectories(options.folder().resolve("evidence-" + scenario.name()));
        Files.writeString(
                folder.resolve("what.txt"),
                scenario.name() + ": " + scenario.what() + "\nseed " + options.seed() + "\nmodel " + options.model()
                        + "\n" + String.join("\n", violations) + "\n");
        for (int i = 0; i < Math.min(bad.size(), MOST_REQUESTS); i++) {
            Outcome outcome = bad.get(i);
            Question question = outcome.question();
            Files.writeString(folder.resolve(i + "-request.json"), question.body());
            Answer wanted = expected.get(question);
            Files.writeString(folder.resolve(i + "-expected.txt"), wanted == null ? "" : wanted.text());
            Answer given = outcome.answer();
            Files.writeString(
                    folder.resolve(i + "-actual.txt"),
                    question.name() + ", resumable " + question.resumable() + ", " + outcome.reconnections()
                            + " reconnections, begun anew " + outcome.begunAnew() + "\n"
                            + (given == null ? trace(outcome.failure()) : given.text()));
        }
        try (Stream<Path> files = Files.list(options.folder())) {
            for (Path log :
                    files.filter(file -> file.toString().endsWith(".log")).toList()) {
                Files.copy(log, folder.resolve(log.getFileName()), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return Optional.of(folder);
    }

    private static String trace(@Nullable Exception failure) {
        StringWriter text = new StringWriter();
        if (failure != null) {
            failure.printStackTrace(new PrintWriter(text));
        }
        return text.toString();
    }
}
