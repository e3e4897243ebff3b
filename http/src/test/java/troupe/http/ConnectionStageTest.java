package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Source;
import akka.stream.testkit.TestPublisher;
import akka.stream.testkit.TestSubscriber;
import akka.stream.testkit.javadsl.TestSink;
import akka.stream.testkit.javadsl.TestSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConnectionStageTest {
    private record Handled(Connection connection, CompletableFuture<HttpResponse> response) {}

    private final ActorTestKit kit = ActorTestKit.create();
    private final LinkedBlockingQueue<Handled> handled = new LinkedBlockingQueue<>();
    private final TestPublisher.Probe<HttpRequest> requests;
    private final TestSubscriber.Probe<HttpResponse> responses;

    ConnectionStageTest() {
        var ends = TestSource.<HttpRequest>create(kit.system().classicSystem())
                .via(new ConnectionStage((request, connection) -> {
                    CompletableFuture<HttpResponse> response = new CompletableFuture<>();
                    handled.add(new Handled(connection, response));
                    return response;
                }))
                .toMat(TestSink.create(kit.system().classicSystem()), Keep.both())
                .run(kit.system());
        requests = ends.first();
        responses = ends.second();
        responses.request(10);
    }

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldRunAStreamForTheRequestInProgress() throws Exception {
        requests.sendNext(HttpRequest.create());

        CompletableFuture<Integer> sum = handled.take()
                .connection()
                .run(inside -> Source.range(1, 4).fold(0, Integer::sum).runWith(new HeadSink<>(), inside))
                .toCompletableFuture();

        assertEquals(10, sum.join());
    }

    @Test
    void shouldTellTheRequestInProgressAndTheOneWhoseResponseMayBeOnItsWayWhenTheClientHasGone() throws Exception {
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        requests.sendNext(HttpRequest.create());
        Handled first = handled.take();
        first.connection().onDisconnect(() -> told.add("first"));
        first.response().complete(HttpResponse.create());
        responses.expectNext();
        requests.sendNext(HttpRequest.create());
        handled.take().connection().onDisconnect(() -> told.add("second"));

        requests.sendComplete();

        assertEquals("first", told.take());
        assertEquals("second", told.take());
    }

    @Test
    void shouldForgetWhatIsOver() throws Exception {
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        requests.sendNext(HttpRequest.create());
        Connection connection = handled.take().connection();
        Runnable forget = connection.onDisconnect(() -> told.add("over"));
        connection.onDisconnect(() -> told.add("going on"));

        forget.run();
        requests.sendComplete();

        assertEquals("going on", told.take());
        assertTrue(told.isEmpty());
    }

    @Test
    void shouldRunNothingForAClientThatHasGone() throws Exception {
        requests.sendNext(HttpRequest.create());
        Connection connection = handled.take().connection();
        CompletableFuture<String> gone = new CompletableFuture<>();
        connection.onDisconnect(() -> gone.complete("gone"));
        requests.sendComplete();
        gone.join();

        CompletableFuture<Integer> run = connection
                .run(inside -> Source.single(1).runWith(new HeadSink<>(), inside))
                .toCompletableFuture();

        CompletionException failure = assertThrows(CompletionException.class, run::join);
        assertInstanceOf(ApiException.class, failure.getCause());
    }
}
