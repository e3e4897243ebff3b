package troupe.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import troupe.actors.Gateway;
import troupe.actors.Protocol;
import troupe.cluster.ClusterNode;
import troupe.cluster.NodeDevice;
import troupe.cluster.NodeModel;
import troupe.conf.Settings;
import troupe.engine.cpu.AvailableMemory;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.model.Model;
import troupe.engine.store.ModelReference;
import troupe.http.HttpGateway;
import troupe.http.Metrics;

/** A node of any role, put together: models and engines, the node's actors in their cluster, the HTTP gateway. */
final class Server implements AutoCloseable {
    private final Settings settings;
    private final Loaded loaded;
    private final ClusterNode node;
    private final Optional<HttpGateway> http;

    /** What is loaded while the node joins its cluster; {@code executor}: the first engine's, where it is sure to be needed. */
    private record Loaded(NodeModel opened, @Nullable CpuExecutor executor) {
        Model model() {
            return LocalModels.model(opened);
        }
    }

    private Server(Settings settings, Loaded loaded, ClusterNode node, Optional<HttpGateway> http) {
        this.settings = settings;
        this.loaded = loaded;
        this.node = node;
        this.http = http;
    }

    /**
     * Loads the model and starts everything; returns once requests are answered.
     *
     * @throws UserException if an address cannot be had
     */
    static Server start(Settings settings, Models models, ModelReference reference, StartPhases phases)
            throws IOException {
        return start(settings, models, reference, phases, UnaryOperator.identity());
    }

    /** As {@link #start}, with every executor passed through {@code wrapping}. */
    static Server start(
            Settings settings,
            Models models,
            ModelReference reference,
            StartPhases phases,
            UnaryOperator<ModelExecutor> wrapping)
            throws IOException {
        LocalModels library = new LocalModels(models, settings.engine(), wrapping);
        List<NodeDevice> devices = devices(settings);
        FutureTask<Loaded> loading = new FutureTask<>(() -> load(settings, library, devices, reference, phases));
        Thread.ofPlatform().name("load").start(loading);
        ClusterNode.Joining joining =
                phases.measure("cluster node", () -> ClusterNode.join(settings, Protocol.CURRENT));
        Loaded loaded;
        try {
            loaded = await(loading);
        } catch (IOException | RuntimeException | Error e) {
            joining.abandon();
            throw e;
        }
        return serve(settings, library, devices, loaded, joining, phases);
    }

    private static List<NodeDevice> devices(Settings settings) {
        if (!settings.cluster().role().isWorker()) {
            return List.of();
        }
        int cores = Runtime.getRuntime().availableProcessors();
        long memory = settings.cluster().memoryBytes();
        return List.of(new NodeDevice(
                "cpu",
                settings.engine().threads() == 0 ? cores : settings.engine().threads(),
                memory == 0 ? AvailableMemory.bytes() : memory));
    }

    private static Loaded load(
            Settings settings,
            LocalModels library,
            List<NodeDevice> devices,
            ModelReference reference,
            StartPhases phases)
            throws IOException {
        NodeModel opened = phases.measure("model", () -> library.open(reference));
        boolean runsHere = settings.cluster().role().isWorker()
                && settings.cluster().join().isEmpty();
        if (!runsHere) {
            return new Loaded(opened, null);
        }
        try {
            long kv = ClusterNode.defaultKvBytes(settings.engine(), devices);
            return new Loaded(opened, phases.measure("weights", () -> library.prepare(opened, kv)));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private static Loaded await(FutureTask<Loaded> loading) throws IOException {
        try {
            return loading.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException problem -> throw problem;
                case RuntimeException problem -> throw problem;
                case Error problem -> throw problem;
                case null, default -> throw new IllegalStateException("the model could not be loaded", e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the model was loaded", e);
        }
    }

    private static Server serve(
            Settings settings,
            LocalModels library,
            List<NodeDevice> devices,
            Loaded loaded,
            ClusterNode.Joining joining,
            StartPhases phases) {
        SecureRandom random = new SecureRandom();
        Metrics metrics = new Metrics(loaded.opened().served().name());
        ClusterNode node = phases.measure(
                "actors",
                () -> joining.serve(new ClusterNode.Parts(
                        library,
                        settings.model(),
                        loaded.opened(),
                        devices,
                        metrics,
                        random::nextLong,
                        System::nanoTime)));
        try {
            Optional<HttpGateway> http = node.gateway()
                    .map(gateway -> phases.measure("HTTP", () -> http(settings, node, gateway, metrics, random)));
            return new Server(settings, loaded, node, http);
        } catch (CompletionException e) {
            node.close();
            loaded.opened().close();
            throw new UserException(
                    "cannot listen on " + settings.http().host() + ":"
                            + settings.http().port() + " (" + rootCause(e) + "); choose another --host or --port",
                    e);
        }
    }

    private static HttpGateway http(
            Settings settings,
            ClusterNode node,
            akka.actor.typed.ActorRef<Gateway.Command> gateway,
            Metrics metrics,
            SecureRandom random) {
        HttpGateway.Parts parts = new HttpGateway.Parts(
                node.models(),
                gateway,
                settings.sequence().maxChoices(),
                metrics,
                () -> HexFormat.of().toHexDigits(random.nextLong()),
                Clock.systemUTC(),
                System::nanoTime);
        return HttpGateway.start(node.system(), settings.http(), parts)
                .toCompletableFuture()
                .join();
    }

    private static Throwable rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    ClusterNode node() {
        return node;
    }

    /** Whether requests are taken here. */
    boolean isGateway() {
        return http.isPresent();
    }

    /** Of the HTTP server; on a gateway alone. */
    InetSocketAddress address() {
        return http.orElseThrow().address();
    }

    /** As people type it; on a gateway alone. */
    String url() {
        String host = settings.http().host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address().getPort();
    }

    Model model() {
        return loaded.model();
    }

    /** What the first engine runs on, for the banner; empty where the cluster decides what runs here. */
    Optional<CpuExecutor> executor() {
        return Optional.ofNullable(loaded.executor());
    }

    /** Completes when an operator wants the node to drain. */
    CompletionStage<Void> drainAsked() {
        return node.drainAsked();
    }

    /** Refuses new requests, finishes the open ones within {@code limit}, hands the rest over, then closes. */
    void drain(Duration limit) {
        node.drain(limit).toCompletableFuture().join();
        close();
    }

    @Override
    public void close() {
        http.ifPresent(server ->
                server.stop(Duration.ofSeconds(1)).toCompletableFuture().join());
        node.close();
        loaded.opened().close();
    }
}
