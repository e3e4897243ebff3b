package troupe.bench.routing;

import akka.NotUsed;
import akka.actor.ActorSystem;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.MediaTypes;
import akka.stream.BoundedSourceQueue;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The floor below {@link GatewayServer}: Akka HTTP and nothing else. Answers a completion with as many chunks as it asks for
 * tokens, all equal and made beforehand; all at once, or one at each step of one thread. Runs until it is killed.
 */
@Command(name = "bare-server")
final class BareServer implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int READ_MILLIS = 10_000;

    private static final ByteString CHUNK = ByteString.fromString("data: {\"id\":\"cmpl-0123456789abcdef\","
            + "\"object\":\"text_completion\",\"created\":1780000000,\"model\":\"timed\",\"choices\":[{\"index\":0,"
            + "\"text\":\".\",\"logprobs\":null,\"finish_reason\":null}]}\n\n");

    @Option(names = "--port", required = true)
    private int port;

    @Option(names = "--step", required = true, description = "Seconds; 0: all chunks at once.")
    private double step;

    /** An answer under way. */
    private static final class Answer {
        final BoundedSourceQueue<ByteString> queue;
        int left;

        Answer(BoundedSourceQueue<ByteString> queue, int left) {
            this.queue = queue;
            this.left = left;
        }
    }

    private final BlockingQueue<Answer> arrived = new LinkedBlockingQueue<>();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new BareServer()).execute(arguments));
    }

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        Config node = ConfigFactory.parseResources("troupe-cluster.conf");
        Config threads =
                node.withOnlyPath("akka.actor.default-dispatcher").withFallback(node.withOnlyPath("akka.io.tcp"));
        ActorSystem system = ActorSystem.create(
                "bare",
                ConfigFactory.parseString("akka.http.server.socket-options.tcp-no-delay = on")
                        .withFallback(threads)
                        .withFallback(ConfigFactory.defaultReference()));
        Http.get(system)
                .newServerAt("127.0.0.1", port)
                .bind((HttpRequest request) -> answer(request, system))
                .toCompletableFuture()
                .join();
        // Named as an engine's thread, and left out of the account as that is.
        try (ExecutorService pacer = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("engine-bare").factory())) {
            return pacer.submit(this::pace).get();
        }
    }

    /** One chunk of every open answer a step; waits while none is open. */
    private Integer pace() throws InterruptedException {
        long interval = Math.round(step * 1e9);
        List<Answer> open = new ArrayList<>();
        while (true) {
            if (open.isEmpty()) {
                open.add(arrived.take());
            }
            long end = System.nanoTime() + interval;
            for (long left = interval; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            arrived.drainTo(open);
            open.removeIf(BareServer::isLast);
        }
    }

    private static boolean isLast(Answer answer) {
        answer.queue.offer(CHUNK);
        if (--answer.left > 0) {
            return false;
        }
        answer.queue.complete();
        return true;
    }

    private CompletionStage<HttpResponse> answer(HttpRequest request, ActorSystem system) {
        if (!request.method().equals(HttpMethods.POST)) {
            request.discardEntityBytes(system);
            return CompletableFuture.completedFuture(HttpResponse.create());
        }
        return request.entity()
                .toStrict(READ_MILLIS, system)
                .thenApply(body -> stream(tokens(body.getData().toArrayUnsafe())));
    }

    private static int tokens(byte[] body) {
        try {
            return JSON.readTree(body).path("max_tokens").intValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse stream(int tokens) {
        ByteString end = ByteString.fromString(
                "data: {\"choices\":[],\"usage\":{\"completion_tokens\":" + tokens + "}}\n\ndata: [DONE]\n\n");
        Source<ByteString, NotUsed> chunks = step == 0
                ? Source.from(Collections.nCopies(tokens, CHUNK))
                : Source.<ByteString>queue(tokens).mapMaterializedValue(queue -> {
                    arrived.add(new Answer(queue, tokens));
                    return NotUsed.getInstance();
                });
        return HttpResponse.create()
                .withEntity(HttpEntities.create(
                        MediaTypes.TEXT_EVENT_STREAM.toContentType(), chunks.concat(Source.single(end))));
    }
}
