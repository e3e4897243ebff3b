package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.engine.EngineEvent;
import troupe.engine.testing.Gate;
import troupe.engine.testing.StubModel;

/** Requests that get no answer, and what is said instead. */
class RefusalsTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer("");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "completions | {\"prompt\":\"w1\",\"max_tokens\":0} | 400 | max_tokens",
                "completions | {\"prompt\":\"w1\",\"max_tokens\":\"5\"} | 400 | max_tokens",
                "completions | {\"prompt\":\"w1\",\"max_tokens\":1.5} | 400 | max_tokens",
                "completions | {\"prompt\":\"w1\",\"temperature\":2.5} | 400 | temperature",
                "completions | {\"prompt\":\"w1\",\"top_p\":0} | 400 | top_p",
                "completions | {\"prompt\":\"w1\",\"top_p\":1e-50} | 400 | top_p",
                "completions | {\"prompt\":\"w1\",\"repetition_penalty\":1e-38} | 400 | repetition_penalty",
                "completions | {\"prompt\":\"w1\",\"n\":17} | 400 | n",
                "completions | {\"prompt\":\"w1\",\"stop\":[\"\"]} | 400 | stop[0]",
                "completions | {\"prompt\":\"w1\",\"stop_token_ids\":[1000]} | 400 | stop_token_ids[0]",
                "completions | {\"prompt\":\"w1\",\"logprobs\":21} | 400 | logprobs",
                "completions | {\"prompt\":\"w1\",\"stream_options\":{}} | 400 | stream_options",
                "completions | {\"prompt\":[]} | 400 | prompt",
                "completions | {\"prompt\":[1,1000]} | 400 | prompt[1]",
                "completions | {\"prompt\":[1,2,3],\"max_tokens\":510} | 400 | prompt",
                "completions | {} | 400 | prompt",
                "completions | {\"prompt\":\"w1\",\"model\":\"other\"} | 404 | model",
                "completions | {\"prompt\":\"w1\",\"logit_bias\":{\"1\":5}} | 501 | logit_bias",
                "completions | [1] | 400 | ",
                "completions | {\"prompt\":\"w1\" | 400 | ",
                "completions | {\"prompt\":\"w1\",\"prompt\":\"w2\"} | 400 | ",
                "chat/completions | {\"messages\":[]} | 400 | messages",
                "chat/completions | {\"messages\":[{\"content\":\"x\"}]} | 400 | messages[0].role",
                "chat/completions | {\"messages\":[{\"role\":\"user\"}]} | 400 | messages[0].content",
                "chat/completions | {\"messages\":[{\"role\":\"forbidden\",\"content\":\"x\"}]} | 400 | messages",
                "chat/completions | {\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]} | 400 | messages[0].content[0].type",
                "chat/completions | {\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"tools\":[{}]} | 501 | tools",
            })
    void shouldRefuseABadRequestNamingTheField(String path, String body, int status, String param) throws Exception {
        HttpResponse<String> response = server.send(server.post("/v1/" + path, body));

        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = TestServer.JSON.readTree(response.body()).path("error");
        assertFalse(error.path("message").asText().isEmpty());
        assertEquals("invalid_request_error", error.path("type").asText());
        assertEquals(param == null ? "null" : param, error.path("param").asText());
    }

    @Test
    void shouldSayBothNumbersWhenTheContextIsTooShort() throws Exception {
        String message = TestServer.JSON
                .readTree(server.send(server.post("/v1/completions", "{\"prompt\":[1,2,3],\"max_tokens\":510}"))
                        .body())
                .at("/error/message")
                .asText();

        assertTrue(message.contains("512") && message.contains("513"), message);
    }

    @Test
    void shouldKeepAnErrorShortWhateverItNames() throws Exception {
        String body = "{\"prompt\":\"w1\",\"model\":\"" + "m".repeat(10_000) + "\"}";

        assertTrue(server.send(server.post("/v1/completions", body)).body().length() < 400);
    }

    @Test
    void shouldRefuseDeepJsonLargeBodiesUnknownPathsAndWrongMethods() throws Exception {
        assertEquals(400, status("/v1/completions", "{\"a\":".repeat(5_000)));
        assertEquals(413, status("/v1/completions", "{\"prompt\":\"" + "x".repeat(70_000) + "\"}"));
        assertEquals(404, status("/v1/nothing", "{}"));
        assertEquals(405, status("/v1/models", "{}"));
        assertEquals(405, server.get("/v1/completions").statusCode());
    }

    @Test
    void shouldFailARequestThatMissesItsDeadline() throws Exception {
        try (TestServer late = new TestServer("troupe.sequence.default-deadline = 1 s")) {
            Gate gate = new Gate();
            late.beforeStep.set(plan -> gate.pass());
            HttpResponse<String> response = late.send(
                    late.post("/v1/completions", TestServer.completion(1, 5, 1).toString()));
            gate.open();

            assertEquals(504, response.statusCode());
            assertEquals(
                    "deadline_exceeded",
                    TestServer.JSON.readTree(response.body()).at("/error/code").asText());
            late.await(EngineEvent.Cancelled.class);
        }
    }

    @Test
    void shouldRefuseAtOnceWhenAllPlacesAreTakenOrTheNodeDrains() throws Exception {
        try (TestServer small = new TestServer("troupe.http.max-open-requests = 1")) {
            Gate gate = new Gate();
            small.beforeStep.set(plan -> gate.pass());
            var taken = small.client.sendAsync(
                    small.post("/v1/completions", TestServer.completion(1, 5, 1).toString()),
                    HttpResponse.BodyHandlers.ofString());
            gate.awaitArrival();

            HttpResponse<String> refused = small.send(
                    small.post("/v1/completions", TestServer.completion(2, 5, 1).toString()));
            assertEquals(503, refused.statusCode());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
            assertEquals(
                    "overloaded",
                    TestServer.JSON.readTree(refused.body()).at("/error/code").asText());

            var drained = small.node.drain(Duration.ofSeconds(30)).toCompletableFuture();
            HttpResponse<String> late = small.send(
                    small.post("/v1/completions", TestServer.completion(3, 5, 1).toString()));
            assertEquals(503, late.statusCode());
            assertEquals(
                    "draining",
                    TestServer.JSON.readTree(late.body()).at("/error/code").asText());
            assertEquals(503, small.get("/health").statusCode());

            gate.open();
            assertEquals(200, taken.join().statusCode());
            drained.join();
        }
    }

    private static int status(String path, String body) throws Exception {
        return server.send(server.post(path, body)).statusCode();
    }

    @Test
    void shouldRefuseAPromptThatNoMessageBetweenNodesHolds() throws Exception {
        // 8 MiB, less 64 KiB, by 5 bytes a token.
        int most = ((8 << 20) - (64 << 10)) / 5;
        String config = "troupe.http.max-request-bytes = 64 MiB";
        try (TestServer large = new TestServer(config, StubModel.info(4_000_000, 16, 2_048))) {
            String prompt = "[" + "1,".repeat(most - 1) + "1]";
            HttpResponse<String> refused =
                    large.send(large.post("/v1/completions", "{\"max_tokens\":5,\"prompt\":" + prompt + "}"));

            assertEquals(400, refused.statusCode());
            JsonNode error = TestServer.JSON.readTree(refused.body()).path("error");
            assertEquals("prompt", error.path("param").asText());
            assertEquals(
                    "the most that can be sent to a worker is " + most + " tokens, the request needs " + (most + 5)
                            + ": " + most + " of the prompt and 5 of the output",
                    error.path("message").asText());
            assertEquals(0, large.submissions.availablePermits());
        }
    }
}
