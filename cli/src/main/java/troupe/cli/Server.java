package troupe.cli;

import akka.actor.typed.ActorRef;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.Gateway;
import troupe.actors.Protocol;
import troupe.cluster.ClusterNode;
import troupe.cluster.NodeDevice;
import troupe.cluster.NodeModel;
import troupe.cluster.tls.RemotingSecurity;
import troupe.conf.ClusterSettings;
import troupe.conf.HttpSettings;
import troupe.conf.NodeAddress;
import troupe.conf.Settings;
import troupe.conf.TlsIdentity;
import troupe.engine.cpu.AvailableMemory;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.model.Model;
import troupe.engine.store.ModelReference;
import troupe.http.HttpGateway;
import troupe.http.ManagementServer;
import troupe.http.Metrics;

/** A node of any role, put together: models and engines, the node's actors in their cluster, the HTTP gateway. */
final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration READY_LIMIT = Duration.ofSeconds(20);
    /** Times that limit; then a gateway serves, so that operators can tell it what is deployed. */
    private static final int READY_ROUNDS = 9;
    /** After a drain, for clients that read slowly. */
    private static final Duration READ_LIMIT = Duration.ofSeconds(5);

    private final Settings settings;
    private final Optional<Loaded> loaded;
    private final ClusterNode node;
    private final Optional<HttpGateway> http;
    private final Optional<ManagementServer> management;

    /** What is loaded while a node that begins a cluster forms it; {@code executor}: the first engine's, on a worker. */
    private record Loaded(NodeModel opened, Optional<CpuExecutor> executor) {}

    private Server(
            Settings settings,
            Optional<Loaded> loaded,
            ClusterNode node,
            Optional<HttpGateway> http,
            Optional<ManagementServer> management) {
        this.settings = settings;
        this.loaded = loaded;
        this.node = node;
        this.http = http;
        this.management = management;
    }

    /**
     * Starts everything, with the settings' model where the node begins a cluster; returns once requests are answered.
     *
     * @throws UserException if an address cannot be had
     */
    static Server start(Settings settings, Models models, StartPhases phases) throws IOException, InterruptedException {
        return start(settings, models, phases, UnaryOperator.identity());
    }

    /** As {@link #start}, with every executor passed through {@code wrapping}. */
    static Server start(Settings settings, Models models, StartPhases phases, UnaryOperator<ModelExecutor> wrapping)
            throws IOException, InterruptedException {
        if (settings.cluster().role().isGateway()) {
            HttpGateway.requireSound(settings.http(), Instant.now());
        }
        Optional<ModelReference> reference =
                ClusterNode.begins(settings.cluster()) ? Optional.of(models.fetch(settings.model())) : Optional.empty();
        LocalModels library = new LocalModels(models, settings.engine(), wrapping);
        List<NodeDevice> devices = devices(settings);
        FutureTask<Optional<Loaded>> loading =
                new FutureTask<>(() -> load(settings, library, devices, reference, phases));
        Thread.ofPlatform().name("load").start(loading);
        ClusterNode.Joining joining =
                phases.measure("cluster node", () -> ClusterNode.join(settings, Protocol.CURRENT));
        Metrics metrics = new Metrics();
        Optional<Loaded> loaded;
        Optional<ManagementServer> management;
        try {
            management = management(settings.cluster(), joining, metrics);
            loaded = await(loading);
        } catch (IOException | RuntimeException | Error e) {
            joining.abandon();
            throw e;
        }
        return serve(settings, library, devices, loaded, joining, management, metrics, phases);
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

    private static Optional<Loaded> load(
            Settings settings,
            LocalModels library,
            List<NodeDevice> devices,
            Optional<ModelReference> reference,
            StartPhases phases)
            throws IOException {
        if (reference.isEmpty()) {
            return Optional.empty();
        }
        NodeModel opened = phases.measure("model", () -> library.open(reference.get()));
        if (!settings.cluster().role().isWorker()) {
            return Optional.of(new Loaded(opened, Optional.empty()));
        }
        try {
            long kv = ClusterNode.defaultKvBytes(settings.engine(), devices);
            return Optional.of(new Loaded(
                    opened, Optional.of(phases.measure("weights", () -> library.prepare(opened, kv)))));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private static Optional<Loaded> await(FutureTask<Optional<Loaded>> loading) throws IOException {
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
            Optional<Loaded> loaded,
            ClusterNode.Joining joining,
            Optional<ManagementServer> management,
            Metrics metrics,
            StartPhases phases) {
        SecureRandom random = new SecureRandom();
        ClusterNode node = phases.measure(
                "actors",
                () -> joining.serve(new ClusterNode.Parts(
                        library,
                        settings.model(),
                        loaded.map(Loaded::opened),
                        stateFolder(settings, library.cacheFolder()),
                        devices,
                        metrics,
                        random::nextLong,
                        System::nanoTime,
                        Clock.systemUTC())));
        phases.measure("deployments", () -> awaitReady(node));
        node.refusal().ifPresent(reason -> {
            throw new UserException(reason);
        });
        try {
            Optional<HttpGateway> http = node.gateway()
                    .map(gateway -> phases.measure("HTTP", () -> http(settings, node, gateway, metrics, random)));
            return new Server(settings, loaded, node, http, management);
        } catch (CompletionException e) {
            node.close();
            loaded.ifPresent(each -> each.opened().close());
            throw new UserException(
                    "cannot listen on " + settings.http().host() + ":"
                            + settings.http().port() + " (" + rootCause(e) + "); choose another --host or --port",
                    e);
        }
    }

    /**
     * A gateway of a cluster asks the others what is deployed, and takes no request before one has told: it would say of
     * every model that there is no such thing. One that is alone waits for others for a while, and so do several of which
     * none knows.
     *
     * @return whether one has told, or the node has ended
     */
    private static boolean awaitReady(ClusterNode node) {
        for (int round = 1; true; round++) {
            try {
                CompletableFuture.anyOf(
                                node.ready().toCompletableFuture(), node.ended().toCompletableFuture())
                        .get(READY_LIMIT.toSeconds(), TimeUnit.SECONDS);
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } catch (ExecutionException e) {
                throw new IllegalStateException("the node does not get ready", e.getCause());
            } catch (TimeoutException e) {
                LOG.warn("no other gateway has told within {} what is deployed", READY_LIMIT);
                if (node.isOnlyGateway() || round == READY_ROUNDS) {
                    return false;
                }
            }
        }
    }

    /** Told apart by a port that is fixed, so that the next start finds it; a node without one keeps nothing. */
    private static Optional<Path> stateFolder(Settings settings, Path cacheFolder) {
        String set = settings.cluster().stateFolder();
        if (!set.isEmpty()) {
            return Optional.of(Path.of(set));
        }
        Path folder = cacheFolder.resolve("state");
        if (settings.cluster().port() != 0) {
            return Optional.of(folder.resolve("cluster-" + settings.cluster().port()));
        }
        return settings.http().port() == 0
                ? Optional.empty()
                : Optional.of(folder.resolve("http-" + settings.http().port()));
    }

    private static Optional<ManagementServer> management(
            ClusterSettings settings, ClusterNode.Joining joining, Metrics metrics) {
        if (!settings.management().enabled()) {
            return Optional.empty();
        }
        if (settings.tls().isEmpty()) {
            RemotingSecurity.requireLoopback(
                    "troupe.cluster.management.host", settings.management().host());
        }
        Optional<SSLContext> tls = joining.identity().map(TlsIdentity::context);
        try {
            return Optional.of(ManagementServer.start(
                            joining.system(),
                            settings.management(),
                            settings.bootstrap().method(),
                            tls,
                            metrics)
                    .toCompletableFuture()
                    .join());
        } catch (CompletionException e) {
            throw new UserException(
                    "cannot listen on troupe.cluster.management "
                            + settings.management().host() + ":"
                            + settings.management().port() + " (" + rootCause(e) + ")",
                    e);
        }
    }

    private static HttpGateway http(
            Settings settings,
            ClusterNode node,
            ActorRef<Gateway.Command> gateway,
            Metrics metrics,
            SecureRandom random) {
        HttpGateway.Parts parts = new HttpGateway.Parts(
                node.models(),
                gateway,
                settings.sequence(),
                metrics,
                node.admin().orElseThrow(),
                settings.telemetry(),
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
        return url(settings.http(), address().getPort());
    }

    static String url(HttpSettings settings, int port) {
        return (settings.tls().isPresent() ? "https://" : "http://") + new NodeAddress(settings.host(), port);
    }

    /** Asks it something itself; on a gateway alone. */
    SelfRequest self() {
        HttpGateway gateway = http.orElseThrow();
        return new SelfRequest(gateway.address(), gateway.tls(), gateway.ownKey());
    }

    /** The model that the cluster begins with, where this node begins it. */
    Optional<Model> model() {
        return loaded.map(each -> LocalModels.model(each.opened()));
    }

    /** What the first engine runs on, for the banner; empty where the cluster decides what runs here. */
    Optional<CpuExecutor> executor() {
        return loaded.flatMap(Loaded::executor);
    }

    /** Completes when an operator wants the node to drain. */
    CompletionStage<Void> drainAsked() {
        return node.drainAsked();
    }

    /** Refuses new requests, finishes the open ones within {@code limit}, hands the rest over, then closes. */
    void drain(Duration limit) {
        node.drain(limit).toCompletableFuture().join();
        close(READ_LIMIT);
    }

    @Override
    public void close() {
        close(Duration.ofSeconds(1));
    }

    /** @param readLimit for clients to read what is generated already */
    private void close(Duration readLimit) {
        http.ifPresent(server -> server.stop(readLimit).toCompletableFuture().join());
        management.ifPresent(server -> server.stop().toCompletableFuture().join());
        node.close();
        loaded.ifPresent(each -> each.opened().close());
    }
}
