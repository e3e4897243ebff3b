package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What answers look like, whole and streamed. */
class AnswersTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer("");
    }

    @AfterAll
    static void stop() {
        server.close();
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
}
