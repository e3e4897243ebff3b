package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.testing.Gate;

@Timeout(120)
class DisconnectTest {
    private static final int HELD_STEP = 5;

    /**
     * A step is held while the client closes its connection and until the engine has been asked to cancel, which shows that
     * the end of the connection was noticed during the step. Then the held step must be the last one of the sequence: it
     * could not be taken back, and no later one may have the sequence in it. The sequence is alone, so that every step has
     * it; it would take 500 steps to finish by itself.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldComputeNoFurtherStepOnceTheClientOfAStreamOrOfAPendingAnswerHasGone(boolean stream) throws Exception {
        try (TestServer server = new TestServer("")) {
            Gate gate = new Gate();
            AtomicInteger steps = new AtomicInteger();
            server.beforeStep.set(plan -> {
                if (steps.incrementAndGet() == HELD_STEP) {
                    gate.pass();
                }
            });
            Socket socket = server.connect(TestServer.completion(80, 500, 1).put("stream", stream), "leaving");
            gate.awaitArrival();
            socket.close();
            AttemptKey cancelled = server.cancelRequests.poll(30, TimeUnit.SECONDS);
            gate.open();

            assertEquals(cancelled, server.await(EngineEvent.Cancelled.class).key());
            assertEquals(HELD_STEP, steps.get());
        }
    }

    @Test
    void shouldGoOnWithTheOthersWhenOneClientHasGone() throws Exception {
        try (TestServer server = new TestServer("")) {
            Gate gate = new Gate();
            AtomicInteger steps = new AtomicInteger();
            server.beforeStep.set(plan -> {
                if (steps.incrementAndGet() == 1) {
                    server.submissions.acquireUninterruptibly(2); // so that the second step has both
                } else if (plan.slices().size() == 2) {
                    gate.pass();
                }
            });
            Socket leaving = server.connect(TestServer.completion(80, 500, 1).put("stream", true), "leaving");
            var staying = server.client.sendAsync(
                    server.post(
                            "/v1/completions", TestServer.completion(7, 50, 2).toString()),
                    HttpResponse.BodyHandlers.ofString());
            gate.awaitArrival();
            leaving.close();
            server.cancelRequests.poll(30, TimeUnit.SECONDS);
            gate.open();

            server.await(EngineEvent.Cancelled.class);
            String text = TestServer.JSON
                    .readTree(staying.join().body())
                    .at("/choices/0/text")
                    .asText();
            assertEquals(TestServer.expected(7, 50, 2, 0), text);
        }
    }
}
