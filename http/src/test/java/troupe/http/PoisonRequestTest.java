package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepPlan;

/** A request whose step fails wherever it runs, and takes the engine along each time. */
@Timeout(120)
class PoisonRequestTest {
    private static final int POISON = 400;
    private static final int NEIGHBOUR_TOKENS = 300;

    private final AtomicInteger deaths = new AtomicInteger();

    @Test
    void shouldFailTheRequestAloneAndRefuseItFromThenOn() throws Exception {
        try (TestServer server = new TestServer("")) {
            server.beforeStep.set(this::step);
            CompletableFuture<HttpResponse<String>> neighbour = server.client.sendAsync(
                    server.post(
                            "/v1/completions",
                            TestServer.completion(10, NEIGHBOUR_TOKENS, 5).toString()),
                    HttpResponse.BodyHandlers.ofString());
            server.submissions.acquire();

            requireRefused(server);
            // Two in company, one alone.
            assertEquals(3, deaths.get());
            requireRefused(server);
            assertEquals(3, deaths.get());
            assertEquals(
                    TestServer.expected(10, NEIGHBOUR_TOKENS, 5, 0),
                    TestServer.JSON
                            .readTree(neighbour.join().body())
                            .at("/choices/0/text")
                            .asText());
        }
    }

    private static void requireRefused(TestServer server) throws Exception {
        HttpResponse<String> response = server.send(server.post(
                "/v1/completions", TestServer.completion(POISON, 5, 1).toString()));
        assertEquals(500, response.statusCode(), response.body());
        assertEquals(
                "request_crashes_workers",
                TestServer.JSON.readTree(response.body()).at("/error/code").asText());
    }

    private void step(StepPlan plan) {
        pause();
        for (SequenceSlice slice : plan.slices()) {
            if (slice.tokens().size() == 3 && slice.tokens().get(0) == POISON) {
                deaths.incrementAndGet();
                throw new IllegalStateException("a step that always fails");
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
