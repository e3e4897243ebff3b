package troupe.http;

import akka.actor.typed.javadsl.AskPattern;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import troupe.actors.EngineFactory;
import troupe.actors.EngineHandle;
import troupe.actors.Gateway;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.actors.StepObserver;
import troupe.actors.testing.WordCodec;
import troupe.cluster.ClusterNode;
import troupe.cluster.NodeDevice;
import troupe.cluster.NodeModel;
import troupe.conf.Settings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.StepPlan;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.StubExecutor;
import troupe.engine.testing.StubModel;

/** A whole node on a socket, over the model without weights. */
final class TestServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final ExecutorInfo INFO = StubModel.info(512, 16, 2_048);

    final AtomicReference<Consumer<StepPlan>> beforeStep = new AtomicReference<>(plan -> {});
    final AtomicReference<Runnable> beforeStart = new AtomicReference<>(() -> {});
    final LinkedBlockingQueue<AttemptKey> cancelRequests = new LinkedBlockingQueue<>();
    final Semaphore submissions = new Semaphore(0);
    final LinkedBlockingQueue<EngineEvent> lifecycle = new LinkedBlockingQueue<>();
    final List<StubExecutor> executors = Collections.synchronizedList(new ArrayList<>());
    final RecordingAdmin admin = new RecordingAdmin();
    private final Metrics metrics = new Metrics();
    private final NodeModel opened;
    final ClusterNode node;
    final HttpGateway http;
    final HttpClient client = HttpClient.newHttpClient();

    TestServer(String overrides) {
        this(overrides, INFO);
    }

    TestServer(String overrides, ExecutorInfo info) {
        Settings settings = Settings.load(null, """
                troupe.http.port = 0
                troupe.http.max-request-bytes = 64 KiB
                troupe.sequence.silence-limit = 2 s
                """ + overrides);
        Random random = new Random(7);
        LongSupplier synchronizedRandom = () -> {
            synchronized (random) {
                return random.nextLong();
            }
        };
        ServedModel model = new ServedModel(
                new ModelId(info.model(), "no file", "words"),
                info.contextLength(),
                info.vocabularySize(),
                info.endOfSequence(),
                new WordCodec(info.vocabularySize()));
        EngineFactory engines = EngineFactory.of(
                "engine",
                settings.engine(),
                () -> {
                    beforeStart.get().run();
                    StubExecutor executor =
                            new StubExecutor(info, plan -> beforeStep.get().accept(plan));
                    executors.add(executor);
                    return executor;
                },
                System::nanoTime);
        opened = new StubNodeModel(
                model, listener -> new WatchedEngine(engines.start(listener), submissions, cancelRequests));
        node = ClusterNode.start(settings, parts(Optional.of(opened), synchronizedRandom, System::nanoTime));
        http = serve(node, settings, metrics);
    }

    private ClusterNode.Parts parts(Optional<NodeModel> first, LongSupplier random, LongSupplier nanoClock) {
        return new ClusterNode.Parts(
                source -> opened,
                opened.served().name(),
                first,
                Optional.empty(),
                List.of(new NodeDevice("cpu", 1, 1 << 20)),
                new LifecycleObserver(metrics, lifecycle),
                random,
                nanoClock,
                Clock.systemUTC());
    }

    /** Another node, of this process too, that joins this one's cluster. */
    ClusterNode startWorker() {
        Settings settings =
                Settings.load(null, "troupe.cluster { role = worker, join = [\"" + node.address() + "\"] }");
        return ClusterNode.start(settings, parts(Optional.empty(), () -> 1, System::nanoTime));
    }

    /** A gateway without engines, of this process too, that joins this one's cluster. */
    record SecondGateway(ClusterNode node, HttpGateway http) implements AutoCloseable {
        URI uri(String path) {
            return URI.create("http://127.0.0.1:" + http.address().getPort() + path);
        }

        /** Ends without a word to its clients, as far as that is possible within one process. */
        void end() {
            node.system().terminate();
            node.system().getWhenTerminated().toCompletableFuture().join();
        }

        @Override
        public void close() {
            end();
        }
    }

    /** Of other gateways' requests, held here. */
    int replicas() {
        return node.admin().orElseThrow().resuming().replicas();
    }

    SecondGateway startGateway(String overrides) {
        return startGateway(overrides, System::nanoTime);
    }

    /** @param nanoClock that its actors ask before they do anything */
    SecondGateway startGateway(String overrides, LongSupplier nanoClock) {
        Settings settings = Settings.load(
                null,
                "troupe.http.port = 0\ntroupe.cluster { role = gateway, join = [\"" + node.address() + "\"] }\n"
                        + overrides);
        Random random = new Random();
        ClusterNode second = ClusterNode.start(settings, parts(Optional.empty(), random::nextLong, nanoClock));
        return new SecondGateway(second, serve(second, settings, new Metrics()));
    }

    private HttpGateway serve(ClusterNode served, Settings settings, Metrics counted) {
        return HttpGateway.start(
                        served.system(),
                        settings.http(),
                        new HttpGateway.Parts(
                                served.models(),
                                served.gateway().orElseThrow(),
                                settings.sequence(),
                                counted,
                                admin,
                                settings.telemetry(),
                                () -> UUID.randomUUID().toString(),
                                Clock.systemUTC(),
                                System::nanoTime))
                .toCompletableFuture()
                .join();
    }

    /** Keeps every event but tokens, beside what it counts. */
    private record LifecycleObserver(Metrics metrics, Queue<EngineEvent> lifecycle) implements StepObserver {
        @Override
        public void onStep(String worker, StepReport report) {
            metrics.onStep(worker, report);
            for (EngineEvent event : report.events()) {
                if (!(event instanceof EngineEvent.Tokens)) {
                    lifecycle.add(event);
                }
            }
        }

        @Override
        public void onBegin(String worker, String model) {
            metrics.onBegin(worker, model);
        }

        @Override
        public void onEnd(String worker) {
            metrics.onEnd(worker);
        }
    }

    private record StubNodeModel(ServedModel served, EngineFactory factory) implements NodeModel {
        @Override
        public long weightBytes() {
            return 0;
        }

        @Override
        public EngineFactory engines(String worker, long kvMemoryBytes) {
            return factory;
        }

        @Override
        public void close() {}
    }

    /** Tells of every attempt that an engine is given, and of every one that it is asked to cancel. */
    private record WatchedEngine(EngineHandle engine, Semaphore submissions, Queue<AttemptKey> cancelRequests)
            implements EngineHandle {
        @Override
        public ExecutorInfo info() {
            return engine.info();
        }

        @Override
        public int maxSequences() {
            return engine.maxSequences();
        }

        @Override
        public Admission submit(EngineRequest request) {
            Admission admission = engine.submit(request);
            submissions.release();
            return admission;
        }

        @Override
        public void cancel(AttemptKey attempt) {
            engine.cancel(attempt);
            cancelRequests.add(attempt);
        }

        @Override
        public EngineStats stats() {
            return engine.stats();
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    /** As the node counts them now. */
    int openRequests() {
        return status().openRequests();
    }

    Gateway.Status status() {
        return AskPattern.<Gateway.Command, Gateway.Status>ask(
                        node.gateway().orElseThrow(),
                        Gateway.GetStatus::new,
                        Duration.ofSeconds(30),
                        node.system().scheduler())
                .toCompletableFuture()
                .join();
    }

    /** Returns once so many attempts wait in the gateway. */
    void awaitWaiting(int attempts) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (status().waitingAttempts() != attempts) {
            if (System.nanoTime() > end) {
                throw new AssertionError(status() + ", " + attempts + " should wait");
            }
            Thread.sleep(2);
        }
    }

    int port() {
        return http.address().getPort();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    HttpRequest post(String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    /** Sends a request over a connection of its own that has little room for what it does not read. */
    Socket connect(ObjectNode body, String requestId) throws IOException {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4_096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
        OutputStream out = socket.getOutputStream();
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "X-Request-Id: " + requestId + "\r\nContent-Length: " + bytes.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.flush();
        return socket;
    }

    /** The parsed chunks of a stream that ended with [DONE]. */
    static List<JsonNode> chunks(String stream) throws Exception {
        List<String> lines = stream.lines().filter(line -> !line.isEmpty()).toList();
        List<JsonNode> chunks = new ArrayList<>();
        for (String line : lines) {
            if (!line.startsWith("data: ")) {
                throw new AssertionError("not an event: " + line);
            }
            if (!line.equals("data: [DONE]")) {
                chunks.add(JSON.readTree(line.substring("data: ".length())));
            }
        }
        if (!lines.getLast().equals("data: [DONE]")) {
            throw new AssertionError("the last line is " + lines.getLast());
        }
        return chunks;
    }

    /** Waits for an event of this type; fails if none comes. */
    <E extends EngineEvent> E await(Class<E> type) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (true) {
            EngineEvent event = lifecycle.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new AssertionError("no " + type.getSimpleName() + " event");
            }
            if (type.isInstance(event)) {
                return type.cast(event);
            }
        }
    }

    /** A completion request that is never ended by the end-of-sequence token. */
    static ObjectNode completion(int promptToken, int maxTokens, long seed) {
        ObjectNode body = JSON.createObjectNode();
        body.put("model", "stub").put("max_tokens", maxTokens).put("seed", seed).put("ignore_eos", true);
        body.putArray("prompt").add(promptToken).add(promptToken + 1).add(promptToken + 2);
        return body;
    }

    /** The text that {@link #completion} must give, whatever happens meanwhile. */
    static String expected(int promptToken, int maxTokens, long seed, int choice) {
        SamplingParams sampling =
                new SamplingParams(1f, 0, 1f, 0f, 1f, 0f, 0f, maxTokens, 0, true, TokenIds.EMPTY, -1, -1);
        EngineRequest request = new EngineRequest(
                new AttemptKey("any", 1, 0, choice),
                TokenIds.of(promptToken, promptToken + 1, promptToken + 2),
                TokenIds.EMPTY,
                sampling,
                seed,
                0,
                Long.MAX_VALUE,
                "",
                Tenant.NONE);
        TokenIds output = StubModel.expectedOutput(INFO, request);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < output.size(); i++) {
            text.append(" w").append(output.get(i));
        }
        return text.toString();
    }

    static String textOf(List<JsonNode> chunks, int choice) {
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            for (JsonNode each : chunk.path("choices")) {
                if (each.path("index").asInt() == choice) {
                    text.append(each.path("text").asText(""))
                            .append(each.path("delta").path("content").asText(""));
                }
            }
        }
        return text.toString();
    }

    @Override
    public void close() {
        beforeStep.set(plan -> {});
        beforeStart.set(() -> {});
        http.stop(Duration.ofMillis(100)).toCompletableFuture().join();
        node.close();
        client.close();
    }
}
