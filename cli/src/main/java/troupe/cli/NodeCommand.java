package troupe.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.cli.supervisor.SupervisedNode;
import troupe.conf.Settings;
import troupe.engine.executor.ModelExecutor;

/** Starts one node of a cluster of several, until it is told to end. */
@Command(
        name = "node",
        mixinStandardHelpOptions = true,
        description = "Starts a node that joins a cluster, or begins one. SIGTERM hands over what it does and ends it.")
final class NodeCommand implements Callable<Integer> {
    @Mixin
    private NodeOptions node = new NodeOptions();

    @Option(names = "--role", description = "gateway: HTTP; worker: engines; all: both (all).")
    private @Nullable String role;

    @Option(names = "--join", paramLabel = "HOST:PORT", description = "A node of the cluster; may be repeated.")
    private List<String> join = new ArrayList<>();

    @Option(names = "--cluster-host", description = "Where other nodes reach this one (127.0.0.1).")
    private @Nullable String clusterHost;

    @Option(names = "--cluster-port", description = "The port for other nodes; 0, the default, takes a free one.")
    private @Nullable Integer clusterPort;

    @Option(
            names = "--supervised",
            hidden = true,
            description = "Standard input is a supervisor's: its end is the node's.")
    private boolean supervised;

    private final UnaryOperator<ModelExecutor> wrapping;

    NodeCommand() {
        this(UnaryOperator.identity());
    }

    /** @param wrapping every executor is passed through it */
    NodeCommand(UnaryOperator<ModelExecutor> wrapping) {
        this.wrapping = wrapping;
    }

    /** Ends with this status when the cluster has put the node out, or it hung: whoever watches it may start it again. */
    static final int PUT_OUT = 2;

    @Override
    public Integer call() throws IOException, InterruptedException {
        StartPhases phases = new StartPhases(System::nanoTime);
        Settings settings = phases.measure(
                "settings", () -> Settings.load(node.config(), overrides().toString()));
        Models models = Models.ofThisUser();
        AtomicReference<@Nullable Server> started = new AtomicReference<>();
        LastResort lastResort = LastResort.halting(settings.http().drainLimit());
        Optional<SupervisedNode> supervision = supervised
                ? Optional.of(supervision(started, settings.http().drainLimit(), lastResort))
                : Optional.empty();
        Server server = Server.start(settings, models, phases, wrapping);
        started.set(server);
        NodeRun run = NodeRun.of(server, settings.http().drainLimit(), lastResort);
        Banner banner = new Banner(System.out);
        banner.node(server.node().address(), settings.cluster().role());
        if (server.isGateway()) {
            banner.listening(
                    server.url(),
                    settings.http().asksForKeys(),
                    server.node().models().fallback(),
                    Optional.empty());
        }
        supervision.ifPresent(SupervisedNode::ready);
        if (!run.await()) {
            System.err.println("troupe: " + server.node().refusal().orElse("the cluster has put this node out"));
            return PUT_OUT;
        }
        return 0;
    }

    /** Does what the supervisor says; it asks for a drain only once the node was ready. */
    private static SupervisedNode supervision(
            AtomicReference<@Nullable Server> started, Duration drainLimit, LastResort lastResort) {
        SupervisedNode.leaveTerminal();
        return SupervisedNode.listen(System.in, System.out, new SupervisedNode.Node() {
            @Override
            public void drain() {
                Server server = started.get();
                if (server != null) {
                    server.node().drain(drainLimit).toCompletableFuture().join();
                }
            }

            @Override
            public void died(String address, long pid, int status) {
                Server server = started.get();
                if (server != null) {
                    server.node().died(address, pid, status);
                }
            }

            @Override
            public void end() {
                lastResort.begin();
                System.exit(PUT_OUT);
            }
        });
    }

    private Overrides overrides() {
        return node.overrides()
                .add("troupe.cluster.role", role)
                .add("troupe.cluster.join", join)
                .add("troupe.cluster.host", clusterHost)
                .add("troupe.cluster.port", clusterPort);
    }
}
