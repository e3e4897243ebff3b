package troupe.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.Settings;

/** Starts one node of a cluster of several, until it is told to end. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        description = "Starts a node that joins a cluster, or begins one. SIGTERM hands over what it does and ends it.")
final class NodeCommand implements Callable<Integer> {
    @Option(names = "--role", description = "gateway: HTTP; worker: engines; all: both (all).")
    private @Nullable String role;

    @Option(names = "--join", paramLabel = "HOST:PORT", description = "A node of the cluster; may be repeated.")
    private List<String> join = new ArrayList<>();

    @Option(names = "--cluster-host", description = "Where other nodes reach this one (127.0.0.1).")
    private @Nullable String clusterHost;

    @Option(names = "--cluster-port", description = "The port for other nodes; 0, the default, takes a free one.")
    private @Nullable Integer clusterPort;

    @Option(names = "--model", paramLabel = "NAME|PATH", description = "The model that the cluster begins with.")
    private @Nullable String model;

    @Option(names = "--host", description = "The address of HTTP (127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", description = "The port of HTTP (8000); 0 takes a free one.")
    private @Nullable Integer port;

    @Option(names = "--threads", description = "That compute in each engine; 0, the default, takes all cores.")
    private @Nullable Integer threads;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings in HOCON; see docs for all of them.")
    private @Nullable Path config;

    @Override
    public Integer call() throws IOException, InterruptedException {
        StartPhases phases = new StartPhases(System::nanoTime);
        Settings settings = phases.measure(
                "settings", () -> Settings.load(config, overrides().toString()));
        Models models = Models.ofThisUser();
        Server server = Server.start(settings, models, phases);
        NodeRun run = NodeRun.of(server, settings.http().drainLimit());
        Banner banner = new Banner(System.out);
        banner.node(server.node().address(), settings.cluster().role());
        if (server.isGateway()) {
            banner.listening(server.url(), server.node().models().fallback(), Optional.empty());
        }
        run.await();
        return 0;
    }

    private Overrides overrides() {
        return new Overrides()
                .add("troupe.cluster.role", role)
                .add("troupe.cluster.join", join)
                .add("troupe.cluster.host", clusterHost)
                .add("troupe.cluster.port", clusterPort)
                .add("troupe.model", model)
                .add("troupe.http.host", host)
                .add("troupe.http.port", port)
                .add("troupe.engine.threads", threads);
    }
}
