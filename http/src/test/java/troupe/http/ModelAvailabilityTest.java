package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.engine.testing.Gate;

/** What becomes of requests when their model goes. Their own deadline is minutes away. */
@Timeout(60)
class ModelAvailabilityTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldEndARequestThatWaitsForAWorkerWhenItsModelIsUnloaded(boolean stream) throws Exception {
        Gate restart = new Gate();
        try (TestServer server = new TestServer("")) {
            // Its only engine dies, and the next one does not start: the request waits.
            AtomicBoolean dead = new AtomicBoolean();
            server.beforeStep.set(plan -> {
                if (!dead.getAndSet(true)) {
                    server.beforeStart.set(restart::pass);
                    throw new IllegalStateException("the device is gone");
                }
            });
            CompletableFuture<HttpResponse<String>> dying = send(server, false);
            restart.awaitArrival();
            CompletableFuture<HttpResponse<String>> waiting = send(server, stream);
            while (server.openRequests() != 2) {
                Thread.onSpinWait();
            }
            unload(server);

            for (CompletableFuture<HttpResponse<String>> each : List.of(dying, waiting)) {
                HttpResponse<String> response = each.get(30, TimeUnit.SECONDS);
                assertEquals(404, response.statusCode(), response.body());
                assertEquals(
                        "the model 'stub' is not deployed any more",
                        TestServer.JSON
                                .readTree(response.body())
                                .at("/error/message")
                                .asText());
            }
            restart.open();
        }
    }

    @Test
    void shouldLetARequestThatRunsFinishAndRefuseTheNextOne() throws Exception {
        try (TestServer server = new TestServer("troupe.cluster.hand-over-after = 1 minute")) {
            Gate gate = new Gate();
            server.beforeStep.set(plan -> gate.pass());
            CompletableFuture<HttpResponse<String>> running = send(server, false);
            gate.awaitArrival();
            unload(server);
            HttpResponse<String> refused = send(server, false).get(30, TimeUnit.SECONDS);
            assertEquals(404, refused.statusCode());
            assertEquals(
                    "model_not_found",
                    TestServer.JSON.readTree(refused.body()).at("/error/code").asText());
            gate.open();
            assertEquals(200, running.get(30, TimeUnit.SECONDS).statusCode());
        }
    }

    private static CompletableFuture<HttpResponse<String>> send(TestServer server, boolean stream) {
        return server.client.sendAsync(
                server.post(
                        "/v1/completions",
                        TestServer.completion(1, 5, 1).put("stream", stream).toString()),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void unload(TestServer server) throws Exception {
        server.node.admin().orElseThrow().unload("stub").toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
