package troupe.cli;

import akka.actor.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import troupe.actors.EngineFactory;
import troupe.actors.ServedModel;
import troupe.cluster.ClusterNode;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.cpu.MemoryPlan;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.model.Model;
import troupe.engine.store.ModelReference;
import troupe.http.HttpGateway;
import troupe.http.Metrics;

/** A node that serves one model: the engine, its batcher in a cluster of one, and the HTTP gateway, put together. */
final class Server implements AutoCloseable {
    private final Settings settings;
    private final Loaded loaded;
    private final ClusterNode node;
    private final HttpGateway http;

    /** What is loaded while the node joins its cluster; the executor becomes the first engine's. */
    private record Loaded(Model model, CpuExecutor executor) {}

    private Server(Settings settings, Loaded loaded, ClusterNode node, HttpGateway http) {
        this.settings = settings;
        this.loaded = loaded;
        this.node = node;
        this.http = http;
    }

    /**
     * Loads the model and starts everything; returns once requests are answered.
     *
     * @throws UserException if the address cannot be had
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
        FutureTask<Loaded> loading = new FutureTask<>(() -> load(settings, models, reference, phases));
        Thread.ofPlatform().name("load").start(loading);
        ClusterNode.Joining joining = phases.measure("cluster node", () -> ClusterNode.join(settings));
        Loaded loaded;
        try {
            loaded = await(loading);
        } catch (IOException | RuntimeException | Error e) {
            joining.abandon();
            throw e;
        }
        return serve(settings, models, loaded, joining, phases, wrapping);
    }

    private static Loaded load(Settings settings, Models models, ModelReference reference, StartPhases phases)
            throws IOException {
        Model model = phases.measure("model", () -> models.load(reference));
        try {
            CpuExecutor executor =
                    phases.measure("weights", () -> CpuExecutor.open(model, settings.engine(), models.cacheFolder()));
            return new Loaded(model, executor);
        } catch (RuntimeException | Error e) {
            model.close();
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
            Models models,
            Loaded loaded,
            ClusterNode.Joining joining,
            StartPhases phases,
            UnaryOperator<ModelExecutor> wrapping) {
        SecureRandom random = new SecureRandom();
        ServedModel served =
                ServedModel.of(loaded.executor().info(), new ModelPromptCodec(loaded.model(), Clock.systemUTC()));
        Metrics metrics = new Metrics(served.name());
        EventLog events = new EventLog(Clock.systemUTC());
        WatchedReplica replica = new WatchedReplica(
                "worker-0-0",
                served.name(),
                engines(loaded, settings.engine(), models, wrapping),
                events,
                System::nanoTime);
        ClusterNode node = phases.measure(
                "actors",
                () -> joining.serve(
                        new ClusterNode.Parts(served, List.of(replica), metrics, random::nextLong, System::nanoTime)));
        HttpGateway.Parts parts = new HttpGateway.Parts(
                served,
                node.gateway(),
                settings.sequence().maxChoices(),
                metrics,
                admin(loaded, node, replica, events),
                settings.telemetry(),
                () -> HexFormat.of().toHexDigits(random.nextLong()),
                Clock.systemUTC(),
                System::nanoTime);
        try {
            HttpGateway http = phases.measure(
                    "HTTP",
                    () -> HttpGateway.start(node.system(), settings.http(), parts)
                            .toCompletableFuture()
                            .join());
            return new Server(settings, loaded, node, http);
        } catch (CompletionException e) {
            node.close();
            loaded.model().close();
            throw new UserException(
                    "cannot listen on " + settings.http().host() + ":"
                            + settings.http().port() + " (" + rootCause(e) + "); choose another --host or --port",
                    e);
        }
    }

    private static SingleNodeAdmin admin(Loaded loaded, ClusterNode node, WatchedReplica replica, EventLog events) {
        MemoryPlan memory = loaded.executor().memory();
        Address address = node.system().address();
        return new SingleNodeAdmin(
                new SingleNodeAdmin.Facts(
                        loaded.executor().info().model(),
                        loaded.model().sha256(),
                        address.getHost().orElse("") + ":" + address.getPort().orElse(0),
                        loaded.executor().threads(),
                        memory.weightBytes() + memory.kvBytes(),
                        memory.kvBytes()),
                replica,
                events);
    }

    private static Throwable rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** The first engine takes the executor that is open already; one that follows a dead engine opens its own. */
    private static EngineFactory engines(
            Loaded loaded, EngineSettings settings, Models models, UnaryOperator<ModelExecutor> wrapping) {
        AtomicReference<@Nullable ModelExecutor> opened = new AtomicReference<>(loaded.executor());
        return EngineFactory.of(
                "engine-0",
                settings,
                () -> {
                    ModelExecutor first = opened.getAndSet(null);
                    return wrapping.apply(
                            first != null ? first : CpuExecutor.open(loaded.model(), settings, models.cacheFolder()));
                },
                System::nanoTime);
    }

    InetSocketAddress address() {
        return http.address();
    }

    /** As people type it. */
    String url() {
        String host = settings.http().host();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address().getPort();
    }

    Model model() {
        return loaded.model();
    }

    /** What the first engine runs on, for the banner. */
    CpuExecutor executor() {
        return loaded.executor();
    }

    /** Refuses new requests, finishes the open ones within {@code limit}, then closes. */
    void drain(Duration limit) {
        node.drain(limit).toCompletableFuture().join();
        close();
    }

    @Override
    public void close() {
        http.stop(Duration.ofSeconds(1)).toCompletableFuture().join();
        node.close();
        loaded.model().close();
    }
}
