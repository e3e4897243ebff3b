package troupe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.conf.Settings;
import troupe.http.HttpGateway;

/** Starts a one-node cluster that serves a model over the OpenAI API, until it is told to end. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Serves a model over the OpenAI API. Ctrl-C finishes the open requests and ends.")
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private NodeOptions node = new NodeOptions();

    /** When the launcher began, milliseconds since 1970; absent when the JVM was started by hand. */
    private static final String LAUNCHER_START = "launcher.start";

    /** When the launcher started the JVM, likewise. */
    private static final String JVM_START = "launcher.jvm-start";

    @Option(names = "--workers", description = "Worker processes, supervised; without it all is in this process.")
    private @Nullable Integer workers;

    @Option(names = "--gateways", description = "Gateway processes beside the workers (1), at ports from --port on.")
    private @Nullable Integer gateways;

    private static final int MOST_PROCESSES = 64;

    @Override
    public Integer call() throws IOException, InterruptedException {
        StartPhases phases = new StartPhases(System::nanoTime);
        secondsSince(LAUNCHER_START)
                .ifPresent(whole -> secondsSince(JVM_START).ifPresent(jvm -> {
                    phases.add("launcher", Math.round((whole - jvm) * 1000));
                    phases.add("JVM", Math.round(jvm * 1000));
                }));
        Settings settings = phases.measure(
                "settings", () -> Settings.load(node.config(), node.overrides().toString()));
        HttpGateway.requireSound(settings.http(), Instant.now());
        Models models = Models.ofThisUser();
        if (workers != null || gateways != null) {
            return serveProcesses(settings, models.fetch(settings.model()).name(), models.cacheFolder());
        }
        Server server = Server.start(settings, models, phases);
        String name = server.node().models().fallback();
        Duration drainLimit = settings.http().drainLimit();
        NodeRun run = NodeRun.of(server, drainLimit, LastResort.halting(drainLimit));
        Banner banner = new Banner(System.out);
        banner.describe(server.model().orElseThrow(), server.executor().orElseThrow());
        banner.listening(server.url(), settings.http().asksForKeys(), name, secondsSince(LAUNCHER_START));
        phases.measure("first token", () -> server.self().chat(name, 1));
        secondsSince(LAUNCHER_START).ifPresent(seconds -> banner.firstToken(seconds, phases));
        run.await();
        return 0;
    }

    private int serveProcesses(Settings settings, String name, Path cacheFolder) throws InterruptedException {
        int workerCount = processes("--workers", workers);
        int gatewayCount = processes("--gateways", gateways);
        return new LocalCluster(settings, node.config(), gatewayCount, workerCount, name, cacheFolder, System.out)
                .run();
    }

    private static int processes(String option, @Nullable Integer wanted) {
        int count = wanted == null ? 1 : wanted;
        if (count < 1 || count > MOST_PROCESSES) {
            throw new UserException(option + " is " + count + ", allowed are 1 to " + MOST_PROCESSES);
        }
        return count;
    }

    private static Optional<Double> secondsSince(String property) {
        Long start = Long.getLong(property);
        return start == null ? Optional.empty() : Optional.of((System.currentTimeMillis() - start) / 1000.0);
    }
}
