package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import troupe.engine.testing.Gate;

/** Every request has one line in the log. After each test the server is closed, and no further line may have come. */
@Timeout(120)
class RequestLogTest {
    private final LogRecorder log = new LogRecorder("troupe.request", Level.INFO);
    private TestServer server = new TestServer("");

    @AfterEach
    void closeAndExpectNoFurtherLine() {
        server.close();
        log.close();
        assertEquals(List.of(), log.rest());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLogACompleteAnswer(boolean stream) throws Exception {
        ObjectNode body = TestServer.completion(3, 4, 1).put("n", 2).put("stream", stream);
        assertEquals(200, send("/v1/completions", body.toString(), "mine").statusCode());

        Map<String, String> line = log.next();
        assertLine(line, "mine", 200, "length");
        assertEquals("3", line.get("prompt_tokens"));
        assertEquals("8", line.get("output_tokens"));
        assertEquals("stub", line.get("model"));
        assertTrue(Double.parseDouble(line.get("ttft_ms")) >= 0, line.toString());
    }

    @Test
    void shouldSayNothingOfAClientsIdThatIsNotGivenOrNotPlain() throws Exception {
        String body = TestServer.completion(3, 1, 1).toString();
        HttpResponse<String> response = server.send(server.post("/v1/completions", body));
        Map<String, String> line = log.next();
        assertFalse(line.containsKey("client_request_id"));
        assertEquals(response.headers().firstValue("X-Request-Id").orElse(""), line.get("id"));

        send("/v1/completions", body, "a\"b");
        assertFalse(log.next().containsKey("client_request_id"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/v1/completions | {\"prompt\" | 400 | invalid",
                "/v1/completions | {\"prompt\":\"w1\",\"n\":0} | 400 | invalid",
                "/v1/completions | {\"prompt\":[1,2,3],\"max_tokens\":510} | 400 | context_length_exceeded",
                "/v1/completions | {\"prompt\":[1,2,3],\"max_tokens\":510,\"stream\":true} | 400 | context_length_exceeded",
                "/v1/completions | {\"prompt\":\"w1\",\"model\":\"other\"} | 404 | model_not_found",
                "/v1/nothing | {} | 404 | unknown_path",
                "/v1/models | {} | 405 | method_not_allowed",
                "/v1/completions | {\"prompt\":\"w1\",\"logit_bias\":{\"1\":5}} | 501 | unsupported",
            })
    void shouldLogARefusal(String path, String body, int status, String reason) throws Exception {
        assertEquals(status, send(path, body, "mine").statusCode());
        assertLine(log.next(), "mine", status, reason);
    }

    @Test
    void shouldLogABodyThatIsTooLarge() throws Exception {
        send("/v1/completions", "x".repeat(70_000), "mine");
        assertLine(log.next(), "mine", 413, "request_too_large");
    }

    @Test
    void shouldNotLogWhatMonitorsPoll() throws Exception {
        server.get("/health");
        server.get("/metrics");
        server.get("/v1/models");
        assertEquals("200", log.next().get("status"));
    }

    @Test
    void shouldLogARefusalForLackOfRoomAndTheRequestThatHasIt() throws Exception {
        restart("troupe.http.max-open-requests = 1");
        Gate gate = new Gate();
        server.beforeStep.set(plan -> gate.pass());
        var taken = sendAsync(TestServer.completion(1, 5, 1), "first");
        gate.awaitArrival();
        send("/v1/completions", TestServer.completion(2, 5, 1).toString(), "second");
        assertLine(log.next(), "second", 503, "overloaded");
        gate.open();
        taken.join();
        assertLine(log.next(), "first", 200, "length");
    }

    @ParameterizedTest
    @CsvSource({"false, 504", "true, 200"})
    void shouldLogAFailureAfterTheRequestWasAccepted(boolean stream, int status) throws Exception {
        restart("troupe.sequence.default-deadline = 1 s");
        Gate gate = new Gate();
        server.beforeStep.set(plan -> gate.pass());
        var late = sendAsync(TestServer.completion(1, 5, 1).put("stream", stream), "late");
        Map<String, String> line = log.next();
        gate.open();
        assertEquals(status, late.join().statusCode());
        assertLine(line, "late", status, "deadline_exceeded");
        assertEquals("3", line.get("prompt_tokens"));
    }

    @ParameterizedTest
    @CsvSource({"false, 499", "true, 200"})
    void shouldLogARequestWhoseClientGoesAway(boolean stream, int status) throws Exception {
        Gate gate = new Gate();
        AtomicInteger steps = new AtomicInteger();
        server.beforeStep.set(plan -> {
            if (steps.incrementAndGet() == 2) {
                gate.pass();
            }
        });
        long before = firstTokens();
        Socket socket = server.connect(TestServer.completion(80, 500, 1).put("stream", stream), "leaving");
        gate.awaitArrival();
        while (firstTokens() == before) {
            Thread.onSpinWait(); // until the first token, and with it the prompt's length, has come to the gateway
        }
        socket.close();
        Map<String, String> line = log.next();
        gate.open();
        assertLine(line, "leaving", status, "abort");
        assertEquals("3", line.get("prompt_tokens"));
        assertEquals("1", line.get("output_tokens"));
    }

    /** How many requests have had a first token, as the metrics say. */
    private long firstTokens() throws Exception {
        return server.get("/metrics")
                .body()
                .lines()
                .filter(metric -> metric.startsWith("vllm:time_to_first_token_seconds_count"))
                .mapToLong(metric -> (long) Double.parseDouble(metric.substring(metric.lastIndexOf(' '))))
                .sum();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLogARequestThatIsAbandonedBeforeItsResponseBegins(boolean stream) throws Exception {
        Gate restart = new Gate();
        AtomicBoolean dead = new AtomicBoolean();
        server.beforeStep.set(plan -> {
            if (!dead.getAndSet(true)) {
                server.beforeStart.set(restart::pass);
                throw new IllegalStateException("the device is gone");
            }
        });
        var first = sendAsync(TestServer.completion(1, 5, 1), "first");
        restart.awaitArrival();
        // No engine is there to accept this one.
        Socket socket = server.connect(TestServer.completion(80, 500, 1).put("stream", stream), "leaving");
        awaitOpenRequests(2);
        socket.close();
        assertLine(log.next(), "leaving", 499, "abort");
        restart.open();
        first.join();
        assertLine(log.next(), "first", 200, "length");
    }

    @Test
    void shouldWarnOfNothingInAnOrderlyShutdown() throws Exception {
        try (LogRecorder warnings = new LogRecorder(Logger.ROOT_LOGGER_NAME, Level.WARN)) {
            restart("");
            send("/v1/completions", TestServer.completion(1, 5, 1).toString(), "mine");
            assertLine(log.next(), "mine", 200, "length");
            server.node.drain(Duration.ofSeconds(30)).toCompletableFuture().join();
            restart("");
            // A machine that is busy otherwise delays heartbeats, which says nothing of the shutdown.
            assertEquals(
                    List.of(),
                    warnings.rest().stream()
                            .filter(line -> !line.startsWith("akka.cluster.ClusterHeartbeat: "))
                            .toList());
        }
    }

    private static void assertLine(Map<String, String> line, String clientId, int status, String reason) {
        assertEquals(clientId, line.get("client_request_id"));
        assertEquals(Integer.toString(status), line.get("status"));
        assertEquals(reason, line.get("finish_reason"));
        assertFalse(line.getOrDefault("id", "").isEmpty());
        assertTrue(Double.parseDouble(line.get("total_ms")) >= 0, line.toString());
    }

    private void restart(String overrides) {
        server.close();
        server = new TestServer(overrides);
    }

    /** Asks the node until it has that many requests open. */
    private void awaitOpenRequests(int count) throws Exception {
        while (server.openRequests() != count) {
            Thread.onSpinWait();
        }
    }

    private HttpResponse<String> send(String path, String body, String requestId) throws Exception {
        return server.send(request(path, body, requestId));
    }

    private CompletableFuture<HttpResponse<String>> sendAsync(ObjectNode body, String requestId) {
        return server.client.sendAsync(
                request("/v1/completions", body.toString(), requestId), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String body, String requestId) {
        return HttpRequest.newBuilder(server.post(path, body), (name, value) -> true)
                .header("X-Request-Id", requestId)
                .build();
    }
}
