package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.http.ResumableRequests.id;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.http.EventStream.Event;

/** Requests whose clients come back, at the gateway that has them. */
class ResumeTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHAT = "/v1/chat/completions";
    private static final int TOKENS = 24;
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer("troupe.sequence.max-resume-grace = 1 minute");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void reset() {
        server.beforeStep.set(plan -> {});
        server.cancelRequests.clear();
    }

    @ParameterizedTest
    @CsvSource({
        COMPLETIONS + ", false, false",
        COMPLETIONS + ", true, false",
        COMPLETIONS + ", true, true",
        CHAT + ", false, false",
        CHAT + ", true, false",
        CHAT + ", true, true",
    })
    void shouldGoOnAfterWhicheverEventWasReadLast(String path, boolean logprobs, boolean promptLogprobs)
            throws Exception {
        ObjectNode body = demanding(path, logprobs, promptLogprobs);
        String id = id();
        List<Event> whole = EventStream.parse(send(path, body, id, null).body());
        assertTrue(whole.getLast().isDone());
        assertTrue(whole.size() > 20, "many places to break off at");

        for (int read = 0; read < whole.size() - 1; read++) {
            List<Event> rest =
                    EventStream.parse(send(path, body, id, whole.get(read).id()).body());
            assertEquals(whole.subList(read + 1, whole.size()), rest, "after event " + read);
        }
        assertEquals(whole, EventStream.parse(send(path, body, id, null).body()));
    }

    @ParameterizedTest
    @ValueSource(strings = {COMPLETIONS, CHAT})
    void shouldComputeAgainWhatIsNotKnownAndSendOnlyWhatComesAfter(String path) throws Exception {
        ObjectNode body = demanding(path, true, false);
        List<Event> whole = EventStream.parse(send(path, body, id(), null).body());
        int read = whole.size() / 2;
        List<String> rest = dataWithoutId(
                EventStream.parse(send(path, body, id(), whole.get(read).id()).body()));
        // Which choice is computed first is not the request's affair.
        assertEquals(byChoice(dataWithoutId(whole.subList(read + 1, whole.size()))), byChoice(rest));
    }

    /** The events of each choice in their order, one choice after the other, then those of none. */
    private static List<String> byChoice(List<String> events) throws Exception {
        Map<Integer, List<String>> byChoice = new TreeMap<>();
        for (String event : events) {
            int choice = event.startsWith("{")
                    ? TestServer.JSON.readTree(event).at("/choices/0/index").asInt(Integer.MAX_VALUE)
                    : Integer.MAX_VALUE;
            byChoice.computeIfAbsent(choice, ignored -> new ArrayList<>()).add(event);
        }
        return byChoice.values().stream().flatMap(List::stream).toList();
    }

    @Test
    void shouldResumeSeveralPromptsAtOnce() throws Exception {
        ObjectNode body =
                TestServer.completion(1, TOKENS, 5).put("stream", true).put("n", 2);
        body.putArray("prompt").add("w1 w2").add("w3 w4 w5");
        String id = id();
        List<Event> whole = EventStream.parse(send(COMPLETIONS, body, id, null).body());
        for (int read = 0; read < whole.size() - 1; read += 7) {
            List<Event> all = new ArrayList<>(whole.subList(0, read + 1));
            all.addAll(EventStream.parse(
                    send(COMPLETIONS, body, id, whole.get(read).id()).body()));
            // The prompts' events may be interleaved in another way.
            for (int choice = 0; choice < 4; choice++) {
                assertEquals(
                        TestServer.textOf(EventStream.chunks(whole), choice),
                        TestServer.textOf(EventStream.chunks(all), choice));
            }
            assertEquals(whole.size(), all.size());
        }
    }

    @Test
    void shouldGoOnWithoutAConnectionAndThenInAnother() throws Exception {
        Semaphore steps = new Semaphore(8);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = TestServer.completion(11, TOKENS, 6).put("stream", true);
        String id = id();
        List<Event> read = new ArrayList<>();
        HttpResponse<InputStream> first = server.client.send(
                request(COMPLETIONS, body, id, null, null), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = first.body()) {
            while (read.size() < 3) {
                read.addAll(EventStream.next(in));
            }
        }
        steps.release(1_000);
        List<Event> rest = EventStream.parse(
                send(COMPLETIONS, body, id, read.getLast().id()).body());
        read.addAll(rest);
        assertTrue(read.getLast().isDone());
        assertEquals(TestServer.expected(11, TOKENS, 6, 0), TestServer.textOf(EventStream.chunks(read), 0));
        assertTrue(server.cancelRequests.isEmpty(), "nothing was cancelled");
    }

    @Test
    void shouldCancelARequestThatNobodyComesBackTo() throws Exception {
        Semaphore steps = new Semaphore(8);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = TestServer.completion(11, 200, 6).put("stream", true);
        HttpResponse<InputStream> first = server.client.send(
                request(COMPLETIONS, body, id(), null, "1"), HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream in = first.body()) {
            EventStream.next(in);
        }
        assertFalse(server.cancelRequests.take().sequence().isEmpty());
        steps.release(1_000);
    }

    @Test
    void shouldDetachTheFirstListenerWhenASecondOneComes() throws Exception {
        Semaphore steps = new Semaphore(8);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = TestServer.completion(11, TOKENS, 6).put("stream", true);
        String id = id();
        HttpResponse<InputStream> first = server.client.send(
                request(COMPLETIONS, body, id, null, null), HttpResponse.BodyHandlers.ofInputStream());
        EventStream.next(first.body());
        CompletableFuture<HttpResponse<String>> second = server.client.sendAsync(
                request(COMPLETIONS, body, id, null, null), HttpResponse.BodyHandlers.ofString());
        List<Event> end = EventStream.parse(new String(first.body().readAllBytes(), StandardCharsets.UTF_8));
        steps.release(1_000);

        assertEquals(
                "detached", end.get(end.size() - 2).json().at("/error/code").asText());
        assertTrue(end.getLast().isDone());
        assertEquals(
                TestServer.expected(11, TOKENS, 6, 0),
                TestServer.textOf(
                        EventStream.chunks(EventStream.parse(second.join().body())), 0));
    }

    @Test
    void shouldGiveTheSameWholeAnswerAgainWithoutComputingIt() throws Exception {
        ObjectNode body = TestServer.completion(21, TOKENS, 9);
        body.remove("seed");
        String id = id();
        HttpResponse<String> first = send(COMPLETIONS, body, id, null);
        server.submissions.drainPermits();
        HttpResponse<String> second = send(COMPLETIONS, body, id, null);
        assertEquals(
                TestServer.JSON.readTree(first.body()).at("/choices"),
                TestServer.JSON.readTree(second.body()).at("/choices"));
        assertEquals(0, server.submissions.availablePermits());
    }

    @Test
    void shouldRefuseAnotherBodyUnderTheSameId() throws Exception {
        String id = id();
        send(COMPLETIONS, TestServer.completion(21, 4, 9), id, null);
        assertRefused(409, "resume_conflict", null, send(COMPLETIONS, TestServer.completion(22, 4, 9), id, null));
    }

    @Test
    void shouldNotInventTheRestOfAnAnswerThatWasDrawn() throws Exception {
        ObjectNode body = TestServer.completion(21, TOKENS, 9).put("stream", true);
        body.remove("seed");
        List<Event> whole =
                EventStream.parse(send(COMPLETIONS, body, id(), null).body());
        assertRefused(
                404,
                "resume_not_found",
                null,
                send(COMPLETIONS, body, id(), whole.get(5).id()));
    }

    @Test
    void shouldNotSpliceTwoAnswers() throws Exception {
        ObjectNode body = TestServer.completion(21, TOKENS, 9).put("stream", true);
        body.remove("seed");
        List<Event> one = EventStream.parse(send(COMPLETIONS, body, id(), null).body());
        String id = id();
        send(COMPLETIONS, body, id, null);
        assertRefused(
                404,
                "resume_not_found",
                null,
                send(COMPLETIONS, body, id, one.get(5).id()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tooshort", "has a space in it", "slash/slash/slash/slash"})
    void shouldRefuseAnIdThatIsNone(String id) throws Exception {
        assertRefused(400, null, ResumeHeaders.ID, send(COMPLETIONS, TestServer.completion(1, 4, 1), id, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "61", "-1", "1.5", "soon"})
    void shouldRefuseAGraceThatIsNone(String grace) throws Exception {
        HttpResponse<String> response =
                server.send(request(COMPLETIONS, TestServer.completion(1, 4, 1), id(), null, grace));
        assertRefused(400, null, ResumeHeaders.GRACE, response);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "0123456789abcdef", "0123456789abcdef:1,2", "0123456789abcdef:01", "0123456789abcdef:1;"
            })
    void shouldRefuseAPositionThatIsNone(String position) throws Exception {
        ObjectNode body = TestServer.completion(1, 4, 1).put("stream", true);
        HttpResponse<String> response = send(COMPLETIONS, body, id(), position.isEmpty() ? "?" : position);
        assertRefused(400, null, ResumeHeaders.LAST_EVENT, response);
    }

    /** Two choices, one of which a stop string ends in the middle, while another holds text back all the time. */
    private static ObjectNode demanding(String path, boolean logprobs, boolean promptLogprobs) throws Exception {
        ObjectNode body = TestServer.completion(31, TOKENS, 77).put("n", 2);
        if (path.equals(CHAT)) {
            body.remove("prompt");
            body.putArray("messages").addObject().put("role", "user").put("content", "w31 w32");
        }
        if (logprobs) {
            if (path.equals(CHAT)) {
                body.put("logprobs", true).put("top_logprobs", 2);
            } else {
                body.put("logprobs", 2);
            }
        }
        if (promptLogprobs) {
            body.put("prompt_logprobs", 1);
            if (path.equals(COMPLETIONS)) {
                body.put("echo", true);
            }
        }
        HttpResponse<String> plain = server.send(server.post(path, body.toString()));
        String text = TestServer.JSON.readTree(plain.body()).at("/choices/0").toString();
        String content = path.equals(CHAT)
                ? TestServer.JSON
                        .readTree(plain.body())
                        .at("/choices/0/message/content")
                        .asText()
                : TestServer.JSON.readTree(plain.body()).at("/choices/0/text").asText();
        assertTrue(content.length() > 60, text);
        int at = content.indexOf(" w", content.length() / 2);
        body.putArray("stop")
                .add(content.substring(at, content.indexOf(" w", content.indexOf(" w", at + 1) + 1)))
                .add(" w1!")
                .add(" w2!")
                .add(" w3!")
                .add(" w4!");
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        return body;
    }

    private static List<String> dataWithoutId(List<Event> events) throws Exception {
        List<String> data = new ArrayList<>();
        for (Event event : events) {
            data.add(
                    event.isDone()
                            ? event.data()
                            : ((ObjectNode) event.json()).without("id").toString());
        }
        return data;
    }

    private static HttpResponse<String> send(String path, ObjectNode body, String id, @Nullable String lastEvent)
            throws Exception {
        return server.send(request(path, body, id, lastEvent, null));
    }

    private static HttpRequest request(
            String path, ObjectNode body, String id, @Nullable String lastEvent, @Nullable String grace) {
        HttpRequest.Builder request = ResumableRequests.post(server.uri(path), body, id);
        if (lastEvent != null) {
            request.header(ResumeHeaders.LAST_EVENT, lastEvent);
        }
        if (grace != null) {
            request.header(ResumeHeaders.GRACE, grace);
        }
        return request.build();
    }

    private static void assertRefused(
            int status, @Nullable String code, @Nullable String param, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        var error = TestServer.JSON.readTree(response.body()).get("error");
        if (code != null) {
            assertEquals(code, error.get("code").asText());
        }
        if (param != null) {
            assertEquals(param, error.get("param").asText());
        }
    }
}
