package troupe.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import troupe.conf.Settings;
import troupe.engine.model.Model;
import troupe.engine.store.ModelReference;

/** A chat in the terminal, on an engine in this process. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Chats in the terminal: one answer to PROMPT, or a conversation without it.")
final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PROMPT", arity = "0..1", description = "The question; without it a conversation begins.")
    private @Nullable String prompt;

    @Option(names = "--model", paramLabel = "NAME|PATH", description = "A known model or a GGUF file.")
    private @Nullable String model;

    @Option(names = "--temperature", defaultValue = "0.7", description = "0 is greedy (${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--seed", description = "For the same answer again; drawn if absent.")
    private @Nullable Long seed;

    @Option(names = "--max-tokens", defaultValue = "1024", description = "Of an answer (${DEFAULT-VALUE}).")
    private int maxTokens;

    private final PrintStream out = System.out;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = Settings.load(null);
        Models models = Models.ofThisUser();
        ModelReference reference = models.fetch(model == null ? settings.model() : model);
        long drawn = seed == null ? new SecureRandom().nextLong() : seed;
        try (Model loaded = models.load(reference);
                LocalChat chat = new LocalChat(
                        loaded,
                        new ModelPromptCodec(loaded, Clock.systemUTC()),
                        settings.engine(),
                        models.cacheFolder())) {
            if (prompt != null) {
                answer(chat, prompt, drawn);
            } else {
                converse(chat, drawn);
            }
        }
        return 0;
    }

    private void converse(LocalChat chat, long drawn) throws InterruptedException {
        LineReader reader = LineReaderBuilder.builder().build();
        out.println("Ask anything; Ctrl-D ends.");
        while (true) {
            try {
                String line = reader.readLine("> ");
                if (!line.isBlank()) {
                    answer(chat, line, drawn);
                }
            } catch (UserInterruptException | EndOfFileException e) {
                return;
            }
        }
    }

    private void answer(LocalChat chat, String question, long drawn) throws InterruptedException {
        LocalChat.Answer answer = chat.ask(question, temperature, drawn, maxTokens, piece -> {
            out.print(piece);
            out.flush();
        });
        out.println();
        System.err.println(String.format(
                Locale.ROOT,
                "[%d tokens in, %d out; first after %.0f ms, then %.1f tokens/s]",
                answer.promptTokens(),
                answer.tokens(),
                answer.firstTokenNanos() / 1e6,
                answer.tokensPerSecond()));
    }
}
