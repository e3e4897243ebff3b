package troupe.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.Settings;

/** What the launcher runs once per build to record an AOT cache: a start, some answers, an end. */
@Command(name = "rehearse", hidden = true, description = "Starts a server, lets it answer itself, and ends.")
final class RehearseCommand implements Callable<Integer> {
    private static final int ANSWERS = 4;
    private static final int TOKENS = 24;

    @Option(names = "--model", paramLabel = "NAME|PATH", description = "A known model or a GGUF file.")
    private @Nullable String model;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Settings settings = Settings.load(
                null, "troupe.http { host = 127.0.0.1, port = 0 }\n" + new Overrides().add("troupe.model", model));
        Models models = Models.ofThisUser();
        try (Server server = Server.start(settings, models, new StartPhases(System::nanoTime))) {
            new Banner(System.out)
                    .describe(server.model().orElseThrow(), server.executor().orElseThrow());
            for (int i = 0; i < ANSWERS; i++) {
                server.self().chat(server.node().models().fallback(), TOKENS);
            }
        }
        return 0;
    }
}
