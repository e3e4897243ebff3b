package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.engine.EngineEvent;
import troupe.engine.testing.Gate;

class HttpGatewayTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer("");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void reset() {
        server.beforeStep.set(plan -> {});
        server.lifecycle.clear();
    }

    @Test
    void shouldAnswerACompletionWithItsUsage() throws Exception {
        HttpResponse<String> response = server.send(server.post(
                "/v1/completions",
                TestServer.completion(10, 20, 5)
                        .put("n", 2)
                        .put("not_a_field", 1)
                        .toString()));

        assertEquals(200, response.statusCode(), response.body());
        JsonNode body = TestServer.JSON.readTree(response.body());
        assertEquals("text_completion", body.path("object").asText());
        assertEquals(
                TestServer.expected(10, 20, 5, 0), body.at("/choices/0/text").asText());
        assertEquals(
                TestServer.expected(10, 20, 5, 1), body.at("/choices/1/text").asText());
        assertEquals("length", body.at("/choices/1/finish_reason").asText());
        assertEquals(3, body.at("/usage/prompt_tokens").asInt());
        assertEquals(40, body.at("/usage/completion_tokens").asInt());
        assertTrue(body.at("/usage/prompt_tokens_details").has("cached_tokens"));
        assertEquals(
                "not_a_field",
                response.headers().firstValue("X-Troupe-Ignored-Fields").orElse(""));
        assertTrue(response.headers().firstValue("X-Request-Id").isPresent());
    }

    @Test
    void shouldStreamAChatWithRoleContentFinishAndUsage() throws Exception {
        String request = """
                {"model":"stub","messages":[{"role":"user","content":[{"type":"text","text":"w1 w2"}]}],
                 "stream":true,"stream_options":{"include_usage":true},"max_completion_tokens":12,"ignore_eos":true,
                 "logprobs":true,"top_logprobs":2,"seed":3}
                """;
        HttpResponse<String> response = server.send(HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                .header("X-Request-Id", "mine-1")
                .POST(HttpRequest.BodyPublishers.ofString(request))
                .build());

        assertEquals(200, response.statusCode(), response.body());
        assertEquals("mine-1", response.headers().firstValue("X-Request-Id").orElse(""));
        assertEquals(
                "text/event-stream",
                response.headers().firstValue("Content-Type").orElse(""));
        List<JsonNode> chunks = TestServer.chunks(response.body());
        assertEquals("assistant", chunks.get(0).at("/choices/0/delta/role").asText());
        assertEquals(12, TestServer.textOf(chunks, 0).strip().split(" ", -1).length);
        JsonNode first = chunks.get(1).at("/choices/0/logprobs/content/0");
        assertEquals(2, first.path("top_logprobs").size());
        assertEquals(first.path("token").asText().length(), first.path("bytes").size());
        assertEquals(
                "length",
                chunks.get(chunks.size() - 2).at("/choices/0/finish_reason").asText());
        JsonNode last = chunks.getLast();
        assertEquals(0, last.path("choices").size());
        assertEquals(12, last.at("/usage/completion_tokens").asInt());
    }

    @Test
    void shouldEndAtAStopStringAndLeaveItOut() throws Exception {
        String[] words = TestServer.expected(30, 20, 9, 0).strip().split(" ", -1);
        HttpResponse<String> response = server.send(server.post(
                "/v1/completions",
                TestServer.completion(30, 20, 9)
                        .put("stop", words[4] + " " + words[5])
                        .toString()));

        JsonNode choice = TestServer.JSON.readTree(response.body()).at("/choices/0");
        assertEquals("stop", choice.path("finish_reason").asText());
        assertEquals(words[4] + " " + words[5], choice.path("stop_reason").asText());
        assertEquals(
                " " + String.join(" ", words[0], words[1], words[2], words[3]) + " ",
                choice.path("text").asText());
    }

    @Test
    void shouldEchoThePromptWithLogprobsOfAllButItsFirstToken() throws Exception {
        HttpResponse<String> response = server.send(server.post(
                "/v1/completions",
                TestServer.completion(40, 1, 2)
                        .put("echo", true)
                        .put("logprobs", 1)
                        .toString()));

        JsonNode choice = TestServer.JSON.readTree(response.body()).at("/choices/0");
        JsonNode logprobs = choice.path("logprobs");
        assertEquals(4, logprobs.path("tokens").size());
        assertTrue(logprobs.at("/token_logprobs/0").isNull());
        assertTrue(logprobs.at("/token_logprobs/1").isNumber());
        assertEquals(
                " w40 w41 w42" + TestServer.expected(40, 1, 2, 0),
                choice.path("text").asText());
        assertEquals(" w40 w41".length(), logprobs.at("/text_offset/2").asInt());
    }

    @Test
    void shouldAnswerEveryPromptOfAList() throws Exception {
        ObjectNode body = TestServer.completion(1, 5, 4);
        body.putArray("prompt").add("w50 w51 w52").add("w60 w61 w62");
        HttpResponse<String> response =
                server.send(server.post("/v1/completions", body.put("n", 2).toString()));

        JsonNode answer = TestServer.JSON.readTree(response.body());
        assertEquals(4, answer.path("choices").size());
        assertEquals(
                TestServer.expected(50, 5, 4, 1), answer.at("/choices/1/text").asText());
        assertEquals(
                TestServer.expected(60, 5, 4, 0), answer.at("/choices/2/text").asText());
        assertEquals(6, answer.at("/usage/prompt_tokens").asInt());
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
    void shouldShowModelsHealthAndMetricsUnderTheirKnownNames() throws Exception {
        server.send(server.post(
                "/v1/completions",
                TestServer.completion(70, 5, 1).put("stream", true).toString()));
        server.await(EngineEvent.Finished.class);

        assertEquals(
                "stub",
                TestServer.JSON
                        .readTree(server.get("/v1/models").body())
                        .at("/data/0/id")
                        .asText());
        assertEquals(200, server.get("/health").statusCode());
        String metrics = server.get("/metrics").body();
        for (String line : List.of(
                "# TYPE vllm:time_to_first_token_seconds histogram",
                "vllm:time_to_first_token_seconds_bucket{le=\"0.001\",model_name=\"stub\"}",
                "vllm:time_to_first_token_seconds_bucket{le=\"2560.0\",model_name=\"stub\"}",
                "vllm:inter_token_latency_seconds_bucket{le=\"0.025\",model_name=\"stub\"}",
                "vllm:e2e_request_latency_seconds_count{model_name=\"stub\"}",
                "vllm:request_queue_time_seconds_sum{model_name=\"stub\"}",
                "vllm:request_prefill_time_seconds_sum{model_name=\"stub\"}",
                "vllm:request_decode_time_seconds_sum{model_name=\"stub\"}",
                "vllm:iteration_tokens_total_bucket{le=\"8.0\",model_name=\"stub\"}",
                "# TYPE vllm:num_requests_running gauge",
                "vllm:num_requests_running{model_name=\"stub\"}",
                "vllm:num_requests_waiting{model_name=\"stub\"}",
                "vllm:kv_cache_usage_perc{model_name=\"stub\"}",
                "vllm:prompt_tokens_total{model_name=\"stub\"}",
                "vllm:generation_tokens_total{model_name=\"stub\"}",
                "vllm:prefix_cache_queries_total{model_name=\"stub\"}",
                "vllm:prefix_cache_hits_total{model_name=\"stub\"}",
                "vllm:num_preemptions_total{model_name=\"stub\"}")) {
            assertTrue(metrics.contains(line), () -> line + " is missing in\n" + metrics);
        }
        assertTrue(
                metrics.lines()
                        .anyMatch(line -> line.startsWith("vllm:request_success_total{")
                                && line.contains("finished_reason=\"length\"")),
                metrics);
    }

    @Test
    void shouldEndAHundredParallelStreamsEachWithItsOwnTokens() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> responses = streams(100, 40);

        for (int i = 0; i < responses.size(); i++) {
            List<JsonNode> chunks = TestServer.chunks(responses.get(i).join().body());
            assertEquals(TestServer.expected(i, 40, i, 0), TestServer.textOf(chunks, 0));
        }
    }

    @Test
    void shouldGoOnWithTheSameTokensWhenTheEngineDiesInTheMiddleOfStreams() throws Exception {
        int engines = server.executors.size();
        AtomicInteger steps = new AtomicInteger();
        server.beforeStep.set(plan -> {
            int step = steps.incrementAndGet();
            if (step == 30 || step == 75) {
                throw new IllegalStateException("the device is gone");
            }
        });

        List<CompletableFuture<HttpResponse<String>>> responses = streams(8, 100);
        for (int i = 0; i < responses.size(); i++) {
            List<JsonNode> chunks = TestServer.chunks(responses.get(i).join().body());
            assertEquals(TestServer.expected(i, 100, i, 0), TestServer.textOf(chunks, 0));
        }
        assertEquals(engines + 2, server.executors.size());
        assertTrue(server.executors.get(engines - 1).isClosed());
    }

    /** Such a request ends the connection's requests, which must not look like a client that has left. */
    @ParameterizedTest
    @CsvSource({"Connection: close", "connection: Close"})
    void shouldAnswerTheLastRequestOfAConnection(String header) throws Exception {
        String body = TestServer.completion(10, 20, 5).toString();
        String request = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n" + header
                + "\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n" + body
                + "\r\n0\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertTrue(answer.contains(" 200 OK"), answer);
            assertTrue(answer.contains(TestServer.expected(10, 20, 5, 0)), answer);
        }
    }

    @Test
    void shouldCutOffAReaderThatDoesNotRead() throws Exception {
        try (TestServer impatient = new TestServer("troupe.http.max-unread-events = 16")) {
            ObjectNode body = TestServer.completion(90, 500, 1)
                    .put("stream", true)
                    .put("logprobs", 20)
                    .put("n", 16);
            try (Socket unread = impatient.connect(body, "unread")) {
                impatient.await(EngineEvent.Cancelled.class);
                assertFalse(unread.isClosed());
            }
        }
    }

    @Test
    void shouldWorkWhenEveryMessageTravelsAsBytes() throws Exception {
        try (TestServer remote = new TestServer("akka.actor.serialize-messages = on")) {
            ObjectNode body = TestServer.completion(5, 60, 8)
                    .put("n", 2)
                    .put("logprobs", 3)
                    .put("echo", true)
                    .put("stream", true);
            List<JsonNode> chunks = TestServer.chunks(
                    remote.send(remote.post("/v1/completions", body.toString())).body());

            assertEquals(" w5 w6 w7" + TestServer.expected(5, 60, 8, 1), TestServer.textOf(chunks, 1));
        }
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

    private static List<CompletableFuture<HttpResponse<String>>> streams(int count, int maxTokens) {
        List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            responses.add(server.client.sendAsync(
                    server.post(
                            "/v1/completions",
                            TestServer.completion(i, maxTokens, i)
                                    .put("stream", true)
                                    .toString()),
                    HttpResponse.BodyHandlers.ofString()));
        }
        return responses;
    }

    private static int status(String path, String body) throws Exception {
        return server.send(server.post(path, body)).statusCode();
    }
}
