package troupe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.Settings;

/** Starts a one-node cluster that serves a model over the OpenAI API, until it is told to end. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Serves a model over the OpenAI API. Ctrl-C finishes the open requests and ends.")
final class ServeCommand implements Callable<Integer> {
    /** When the launcher began, milliseconds since 1970; absent when the JVM was started by hand. */
    private static final String LAUNCHER_START = "launcher.start";

    /** When the launcher started the JVM, likewise. */
    private static final String JVM_START = "launcher.jvm-start";

    @Option(names = "--model", paramLabel = "NAME|PATH", description = "A known model or a GGUF file.")
    private @Nullable String model;

    @Option(names = "--host", description = "The address to listen on (127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", description = "The port to listen on (8000); 0 takes a free one.")
    private @Nullable Integer port;

    @Option(names = "--threads", description = "That compute; 0, the default, takes all cores: see docs/threads.md.")
    private @Nullable Integer threads;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings in HOCON; see docs for all of them.")
    private @Nullable Path config;

    @Override
    public Integer call() throws IOException, InterruptedException {
        StartPhases phases = new StartPhases(System::nanoTime);
        secondsSince(LAUNCHER_START)
                .ifPresent(whole -> secondsSince(JVM_START).ifPresent(jvm -> {
                    phases.add("launcher", Math.round((whole - jvm) * 1000));
                    phases.add("JVM", Math.round(jvm * 1000));
                }));
        Settings settings = phases.measure("settings", () -> Settings.load(config, overrides()));
        Models models = Models.ofThisUser();
        Server server = Server.start(settings, models, phases);
        String name = server.node().models().fallback();
        NodeRun run = NodeRun.of(server, settings.http().drainLimit());
        Banner banner = new Banner(System.out);
        banner.describe(server.model().orElseThrow(), server.executor().orElseThrow());
        banner.listening(server.url(), name, secondsSince(LAUNCHER_START));
        phases.measure("first token", () -> SelfRequest.chat(server.address(), name, 1));
        secondsSince(LAUNCHER_START).ifPresent(seconds -> banner.firstToken(seconds, phases));
        run.await();
        return 0;
    }

    private String overrides() {
        return new Overrides()
                .add("troupe.model", model)
                .add("troupe.http.host", host)
                .add("troupe.http.port", port)
                .add("troupe.engine.threads", threads)
                .toString();
    }

    private static Optional<Double> secondsSince(String property) {
        Long start = Long.getLong(property);
        return start == null ? Optional.empty() : Optional.of((System.currentTimeMillis() - start) / 1000.0);
    }
}
