package troupe.http;

import akka.Done;
import akka.actor.Cancellable;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AskPattern;
import akka.http.javadsl.Http;
import akka.http.javadsl.ServerBinding;
import akka.http.javadsl.ServerBuilder;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.http.javadsl.settings.ServerSettings;
import akka.stream.Materializer;
import akka.stream.javadsl.Flow;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.Gateway;
import troupe.actors.ServedModel;
import troupe.actors.ServedModels;
import troupe.actors.admin.ClusterAdmin;
import troupe.conf.HttpSettings;
import troupe.conf.Secret;
import troupe.conf.SequenceSettings;
import troupe.conf.TelemetrySettings;
import troupe.conf.TlsIdentity;

/** The HTTP server: OpenAI's API, health and metrics, the admin API and the console. */
public final class HttpGateway {
    private static final Logger LOG = LoggerFactory.getLogger(HttpGateway.class);
    private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(1);
    /** Connections beyond the open requests: for those that are refused, and for idle ones. */
    private static final int SPARE_CONNECTIONS = 1_024;

    /** What monitors ask for all the time: no lines in the log. Nor do the console's files and what it polls. */
    private static final Set<String> POLLED = Set.of("/health", "/metrics", "/");

    /** Requests for answers: these are shown to operators. */
    private static final Set<String> ANSWERED = Set.of("/v1/chat/completions", "/v1/completions");

    /** Without a key, whoever asks: load balancers, and a page that asks for the key itself. The admin API has a guard. */
    private static final Set<String> OPEN = Set.of("/health", "/metrics", "/");

    /** Between looks at the files of keys and certificates. */
    private static final Duration WATCH = Duration.ofSeconds(5);

    private static final int MOST_REQUEST_ID_CHARACTERS = 128;

    /** For what the streams have given out to be on its way. */
    private static final Duration LAST_BYTES = Duration.ofMillis(250);

    private static final Duration POLL = Duration.ofMillis(20);

    /**
     * What the server is made of.
     *
     * @param sequences what requests may ask for
     * @param admin of the cluster
     * @param telemetry where traces go
     * @param ids of requests, unique on this node
     * @param clock of the time of creation that answers show
     * @param nanoClock of latencies
     */
    public record Parts(
            ServedModels models,
            ActorRef<Gateway.Command> gateway,
            SequenceSettings sequences,
            Metrics metrics,
            ClusterAdmin admin,
            TelemetrySettings telemetry,
            Supplier<String> ids,
            Clock clock,
            LongSupplier nanoClock) {}

    private final Parts parts;
    private final ActorSystem<?> system;
    private final Bodies bodies;
    private final MemoryBudget memory;
    private final RequestTrace.Observers observers;
    private final CompletionRoutes completions;
    private final ApiKeyGuard keys;
    private final Optional<ServerTls> tls;
    private final List<Cancellable> watches = new ArrayList<>();
    private final AdminGuard adminGuard;
    private final AdminRoutes admin;
    private final ConsoleFiles console = new ConsoleFiles();
    private final long created;
    private final CompletableFuture<ServerBinding> binding = new CompletableFuture<>();

    private HttpGateway(ActorSystem<?> system, HttpSettings settings, Parts parts) {
        this.system = system;
        this.parts = parts;
        Materializer materializer = Materializer.createMaterializer(system);
        bodies = new Bodies(settings.maxRequestBytes(), materializer);
        memory = MemoryBudget.of(settings.memoryBytes(), Runtime.getRuntime().maxMemory());
        observers = new RequestTrace.Observers(
                parts.metrics(), new Figures(), new RecentRequests(), telemetry(parts.telemetry()));
        keys = new ApiKeyGuard(settings.asksForKeys(), parts.metrics(), parts.nanoClock());
        watch("the keys", settings.keysFile().stream().toList(), () -> keys.accept(settings.readKeys()));
        keys.accept(settings.readKeys());
        tls = settings.tls().map(files -> new ServerTls(files, parts.clock()));
        settings.tls()
                .ifPresent(files -> watch(
                        "the certificate and its key",
                        List.of(files.certificate(), files.key()),
                        tls.orElseThrow()::renew));
        adminGuard = new AdminGuard(settings);
        admin = new AdminRoutes(
                parts.admin(), adminGuard, observers.figures(), observers.recent(), parts.nanoClock(), bodies);
        parts.metrics().deployments(() -> parts.admin().view().deployments());
        parts.metrics().routing(parts.admin()::routing);
        parts.metrics().resuming(parts.admin()::resuming);
        created = parts.clock().instant().getEpochSecond();
        completions = new CompletionRoutes(
                parts.gateway(),
                parts.models(),
                new LoadingModels(settings.loadingWait(), settings.maxOpenRequests()),
                parts.sequences().maxChoices(),
                settings.maxUnreadEvents(),
                parts.clock());
    }

    /**
     * Refuses settings that the server would not start with, before anything else takes time.
     *
     * @throws troupe.conf.SettingsException naming what is wrong, or what would let everyone on the network in
     */
    public static void requireSound(HttpSettings settings, Instant now) {
        settings.requireKeysOffLoopback();
        settings.readKeys();
        settings.tls().ifPresent(files -> TlsIdentity.load(ServerTls.SECTION, files, now));
    }

    /** Binds the server; fails if the address cannot be had. */
    public static CompletionStage<HttpGateway> start(ActorSystem<?> system, HttpSettings settings, Parts parts) {
        HttpGateway gateway = new HttpGateway(system, settings, parts);
        boolean isReadable = !settings.isOnLoopback() && gateway.tls.isEmpty() && !settings.tlsTerminatedInFront();
        if (settings.asksForKeys() && isReadable) {
            LOG.warn("keys of clients can be read on their way: there is no TLS; see {}", ServerTls.SECTION);
        }
        // Deadlines are the sequence's business. An end of the connection is noticed by reading: see ConnectionStage.
        String overrides = """
                akka.http.server {
                  server-header = troupe
                  # HTTP/1.0 health checks send none.
                  default-host-header = localhost
                  pipelining-limit = 4
                  request-timeout = infinite
                  idle-timeout = 20 minutes
                  parsing {
                    max-content-length = infinite
                    # Ids of events say how far each choice of each prompt is.
                    max-header-value-length = 64k
                    # They would show the header, a key say.
                    illegal-header-warnings = off
                  }
                  backlog = 1024
                  # A token is sent when it is there, whatever of those before it is still on its way.
                  socket-options.tcp-no-delay = on
                }
                """;
        var config = ConfigFactory.parseString(overrides)
                .withValue(
                        "akka.http.server.max-connections",
                        ConfigValueFactory.fromAnyRef(settings.maxOpenRequests() + SPARE_CONNECTIONS))
                .withFallback(system.settings().config());
        ServerBuilder server = Http.get(system)
                .newServerAt(settings.host(), settings.port())
                .withSettings(ServerSettings.create(config));
        if (gateway.tls.isPresent()) {
            server = server.enableHttps(gateway.tls.get().server());
        }
        return server.bindFlow(Flow.fromGraph(new ConnectionStage(gateway::handle)))
                .thenApply(bound -> {
                    gateway.binding.complete(bound);
                    return gateway;
                });
    }

    /** Its library is loaded only where it is used: a start does not wait for it. */
    private static Telemetry telemetry(TelemetrySettings settings) {
        URI endpoint = settings.endpoint();
        return endpoint == null ? Telemetry.NONE : OtlpTelemetry.open(endpoint);
    }

    public InetSocketAddress address() {
        return binding.join().localAddress();
    }

    /** For a client of this server in this process, which trusts it alone; empty: it speaks HTTP. */
    public Optional<SSLContext> tls() {
        return tls.map(ServerTls::context);
    }

    /** That this process's own requests carry. */
    public Secret ownKey() {
        return keys.ownKey();
    }

    private void watch(String what, List<Path> files, Runnable read) {
        if (!files.isEmpty()) {
            watches.add(system.scheduler()
                    .scheduleWithFixedDelay(
                            WATCH,
                            WATCH,
                            new WatchedFiles(what, files, read),
                            system.dispatchers().lookup(DispatcherSelector.blocking())));
        }
    }

    /** Accepts no further connections, and ends the open ones once their streams are read, or after {@code limit}. */
    public CompletionStage<Done> stop(Duration limit) {
        watches.forEach(Cancellable::cancel);
        return binding.thenCompose(bound -> bound.unbind()
                        .thenCompose(unbound -> streamsRead(limit))
                        // Ending cuts off what is still on its way to the client, whatever time it is given.
                        .thenCompose(read -> after(LAST_BYTES.compareTo(limit) < 0 ? LAST_BYTES : limit))
                        .thenCompose(written -> bound.terminate(limit)))
                .thenApply(ignored -> {
                    observers.telemetry().close();
                    return Done.getInstance();
                });
    }

    private CompletionStage<Void> streamsRead(Duration limit) {
        return completions.openStreams() == 0 || !limit.isPositive()
                ? CompletableFuture.completedFuture(null)
                : after(POLL).thenCompose(ignored -> streamsRead(limit.minus(POLL)));
    }

    private static CompletionStage<Void> after(Duration pause) {
        return CompletableFuture.runAsync(
                () -> {}, CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS));
    }

    private CompletionStage<HttpResponse> handle(HttpRequest request, Connection connection) {
        String id = parts.ids().get();
        Optional<String> clientId =
                request.getHeader("X-Request-Id").map(HttpHeader::value).filter(HttpGateway::isPlain);
        String path = request.getUri().path();
        RequestTrace trace = new RequestTrace(
                new Timeline.Head(
                        id,
                        clientId.orElse(null),
                        request.getHeader("traceparent")
                                .flatMap(header -> TraceContext.parse(header.value()))
                                .orElse(null),
                        path,
                        parts.clock().millis(),
                        parts.nanoClock().getAsLong()),
                observers,
                parts.nanoClock());
        CompletionStage<HttpResponse> response;
        try {
            response = route(request, trace, connection);
        } catch (RuntimeException e) {
            bodies.discard(request);
            response = CompletableFuture.failedFuture(e);
        }
        boolean traced = !isPolled(request.method(), path);
        return response.handle((answered, failure) -> {
            HttpResponse shown = answered;
            if (failure != null) {
                ApiException refusal = asApiException(failure, trace);
                if (traced) {
                    trace.refused(refusal);
                }
                shown = Responses.error(refusal);
            } else if (traced) {
                trace.responded(answered.status().intValue());
            }
            return shown.addHeader(RawHeader.create("X-Request-Id", clientId.orElse(id)));
        });
    }

    private static boolean isOpen(String path) {
        return OPEN.contains(path) || path.startsWith(ConsoleFiles.PREFIX) || path.startsWith(AdminRoutes.PREFIX);
    }

    private static boolean isPolled(HttpMethod method, String path) {
        return POLLED.contains(path)
                || path.startsWith(ConsoleFiles.PREFIX)
                || (path.startsWith(AdminRoutes.PREFIX) && method.equals(HttpMethods.GET));
    }

    private CompletionStage<HttpResponse> route(HttpRequest request, RequestTrace trace, Connection connection) {
        String path = request.getUri().path();
        if (!isOpen(path)) {
            trace.isFrom(keys.check(request));
        }
        if (ANSWERED.contains(path)) {
            trace.show();
            trace.caller().open(ResumeHeaders.sayItGoesOn(request));
        }
        return switch (path) {
            case "/v1/chat/completions" -> generate(request, trace, connection, completions::chat);
            case "/v1/completions" -> generate(request, trace, connection, completions::completion);
            case "/v1/models" -> get(request, this::models);
            case "/health" -> {
                Bodies.require(request, HttpMethods.GET);
                bodies.discard(request);
                yield health();
            }
            case "/metrics" -> {
                if (keys.asksForKeys()) {
                    // They tell of every key's use.
                    adminGuard.check(request);
                }
                yield get(
                        request,
                        () -> HttpResponse.create()
                                .withEntity(
                                        ContentTypes.TEXT_PLAIN_UTF8,
                                        parts.metrics().scrape().getBytes(StandardCharsets.UTF_8)));
            }
            default -> {
                if (path.startsWith("/v1/models/")) {
                    yield get(request, () -> model(path.substring("/v1/models/".length())));
                }
                if (path.startsWith(AdminRoutes.PREFIX)) {
                    yield admin.route(request, connection);
                }
                Optional<HttpResponse> file = console.find(path);
                if (file.isPresent()) {
                    yield get(request, file::get);
                }
                throw ApiException.unknownPath(path);
            }
        };
    }

    private CompletionStage<HttpResponse> generate(
            HttpRequest request,
            RequestTrace trace,
            Connection connection,
            BiFunction<ObjectNode, Exchange, CompletionStage<HttpResponse>> answer) {
        Bodies.require(request, HttpMethods.POST);
        Duration timeout = RequestTimeout.read(request, parts.sequences().maxDeadline());
        MemoryBudget.Lease held = memory.reserve(RequestBytes.reading(bodies.mostBytes(request)));
        trace.onEnd(held::close);
        return bodies.read(request, connection)
                .thenCompose(body -> answer.apply(
                        Json.parseObject(body),
                        new Exchange(trace, connection, timeout, held, resume(request, trace, body))));
    }

    private Optional<ResumeHeaders> resume(HttpRequest request, RequestTrace trace, byte[] body) {
        return ResumeHeaders.read(
                request, trace.caller().tenant().name(), body, parts.sequences().resume());
    }

    private CompletionStage<HttpResponse> get(HttpRequest request, Supplier<HttpResponse> response) {
        Bodies.require(request, HttpMethods.GET);
        bodies.discard(request);
        return CompletableFuture.completedFuture(response.get());
    }

    private CompletionStage<HttpResponse> health() {
        return AskPattern.<Gateway.Command, Gateway.Status>ask(
                        parts.gateway(), Gateway.GetStatus::new, STATUS_TIMEOUT, system.scheduler())
                .thenApply(status -> {
                    if (status.draining() || status.workers() == 0) {
                        throw new ApiException(
                                503,
                                status.draining() ? "the server is shutting down" : "no worker is up",
                                "server_error",
                                null,
                                status.draining() ? "draining" : "no_worker");
                    }
                    return Responses.json(Json.object()
                            .put("status", "ok")
                            .put("workers", status.workers())
                            .put("open_requests", status.openRequests())
                            .put("waiting", status.waitingAttempts()));
                });
    }

    private HttpResponse models() {
        ObjectNode list = Json.object().put("object", "list");
        ArrayNode data = list.putArray("data");
        parts.models().all().forEach(model -> data.add(modelCard(model)));
        return Responses.json(list);
    }

    private HttpResponse model(String name) {
        return Responses.json(modelCard(
                parts.models().now(name).orElseThrow(() -> CompletionRoutes.unknownModel(name, parts.models()))));
    }

    private ObjectNode modelCard(ServedModel model) {
        return Json.object()
                .put("id", model.name())
                .put("object", "model")
                .put("created", created)
                .put("owned_by", "troupe")
                .put("max_model_len", model.contextLength());
    }

    private static ApiException asApiException(Throwable failure, RequestTrace trace) {
        Throwable cause = ApiException.cause(failure);
        if (cause instanceof ApiException known) {
            return known;
        }
        trace.tag().in(LOG.atError()).setCause(cause).log("a request failed");
        return new ApiException(500, "internal error", "server_error", null, "internal");
    }

    /** Fits into a header and, quoted, into a line of the log. */
    private static boolean isPlain(String id) {
        return !id.isEmpty()
                && id.length() <= MOST_REQUEST_ID_CHARACTERS
                && id.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '"');
    }
}
