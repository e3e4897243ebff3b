package troupe.cli;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import troupe.actors.EngineFactory;
import troupe.actors.ServedModel;
import troupe.cluster.ClusterNode;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.model.Model;
import troupe.engine.store.ModelReference;
import troupe.http.HttpGateway;
import troupe.http.Metrics;

/** A node that serves one model: the engine, its batcher in a cluster of one, and the HTTP gateway, put together. */
final class Server implements AutoCloseable {
    private final Settings settings;
    private final Model model;
    private final CpuExecutor firstExecutor;
    private final ClusterNode node;
    private final HttpGateway http;

    private Server(Settings settings, Model model, CpuExecutor firstExecutor, ClusterNode node, HttpGateway http) {
        this.settings = settings;
        this.model = model;
        this.firstExecutor = firstExecutor;
        this.node = node;
        this.http = http;
    }

    /**
     * Loads the model and starts everything; returns once requests are answered.
     *
     * @throws UserException if the address cannot be had
     */
    static Server start(Settings settings, Models models, ModelReference reference) throws IOException {
        return start(settings, models, reference, UnaryOperator.identity());
    }

    /** As {@link #start(Settings, Models, ModelReference)}, with every executor passed through {@code wrapping}. */
    static Server start(
            Settings settings, Models models, ModelReference reference, UnaryOperator<ModelExecutor> wrapping)
            throws IOException {
        Model model = models.load(reference);
        SecureRandom random = new SecureRandom();
        CpuExecutor executor = CpuExecutor.open(model, settings.engine(), models.cacheFolder());
        ServedModel served = ServedModel.of(executor.info(), new ModelPromptCodec(model, Clock.systemUTC()));
        Metrics metrics = new Metrics(served.name());
        ClusterNode node = ClusterNode.start(
                settings,
                new ClusterNode.Parts(
                        served,
                        List.of(engines(model, settings.engine(), models, executor, wrapping)),
                        metrics,
                        random::nextLong,
                        System::nanoTime));
        HttpGateway.Parts parts = new HttpGateway.Parts(
                served,
                node.gateway(),
                settings.sequence().maxChoices(),
                metrics,
                () -> HexFormat.of().toHexDigits(random.nextLong()),
                Clock.systemUTC(),
                System::nanoTime);
        try {
            HttpGateway http = HttpGateway.start(node.system(), settings.http(), parts)
                    .toCompletableFuture()
                    .join();
            return new Server(settings, model, executor, node, http);
        } catch (CompletionException e) {
            node.close();
            model.close();
            throw new UserException(
                    "cannot listen on " + settings.http().host() + ":"
                            + settings.http().port() + " (" + rootCause(e) + "); choose another --host or --port",
                    e);
        }
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
            Model model,
            EngineSettings settings,
            Models models,
            CpuExecutor firstExecutor,
            UnaryOperator<ModelExecutor> wrapping) {
        AtomicReference<@Nullable ModelExecutor> opened = new AtomicReference<>(firstExecutor);
        return EngineFactory.of(
                "engine-0",
                settings,
                () -> {
                    ModelExecutor first = opened.getAndSet(null);
                    return wrapping.apply(
                            first != null ? first : CpuExecutor.open(model, settings, models.cacheFolder()));
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
        return model;
    }

    /** What the first engine runs on, for the banner. */
    CpuExecutor executor() {
        return firstExecutor;
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
        model.close();
    }
}
