package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import troupe.http.EventStream.Event;
import troupe.http.TestServer.SecondGateway;

/** Requests whose clients come back at another gateway than the one that had them. */
class ResumeElsewhereTest {
    private static final String PATH = "/v1/completions";
    private static final int TOKENS = 40;
    private static TestServer server;
    private SecondGateway second;

    @BeforeAll
    static void start() {
        server = new TestServer("");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void startSecond() throws Exception {
        second = server.startGateway("");
        ObjectNode body = TestServer.completion(1, 2, 3);
        while (server.client
                        .send(request(second.uri(PATH), body, id(), null), HttpResponse.BodyHandlers.ofString())
                        .statusCode()
                != 200) {
            Thread.sleep(50);
        }
        awaitAcquaintance();
    }

    @AfterEach
    void stopSecond() {
        server.beforeStep.set(plan -> {});
        second.close();
    }

    @Test
    void shouldReadOnFromAGatewayThatLives() throws Exception {
        Semaphore steps = new Semaphore(6);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = body(51);
        String id = id();
        List<Event> events = readSome(second.uri(PATH), body, id, 4);
        steps.release(1_000);
        events.addAll(rest(server.uri(PATH), body, id, events.getLast().id()));
        assertWhole(51, events);
    }

    @Test
    void shouldGoOnWithExactlyTheRestWhenTheGatewayIsGone() throws Exception {
        Semaphore steps = new Semaphore(6);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = body(61);
        body.remove("seed");
        String id = id();
        List<Event> events = readSome(second.uri(PATH), body, id, 4);
        second.end();
        steps.release(1_000);
        events.addAll(rest(server.uri(PATH), body, id, events.getLast().id()));

        assertTrue(events.getLast().isDone());
        // The draw of the first gateway went on: what the second one would draw anew is another answer.
        List<Event> again = rest(server.uri(PATH), body, id, null);
        for (int choice = 0; choice < 2; choice++) {
            assertEquals(
                    TestServer.textOf(EventStream.chunks(again), choice),
                    TestServer.textOf(EventStream.chunks(events), choice));
        }
        assertEquals(again.size(), events.size());
    }

    @Test
    void shouldFindTheWholeAnswerWhenItsGatewayEndsAfterwards() throws Exception {
        ObjectNode body = body(71);
        body.remove("seed");
        String id = id();
        List<Event> whole = rest(second.uri(PATH), body, id, null);
        second.end();
        List<Event> events = new ArrayList<>(List.of(whole.getFirst()));
        events.addAll(rest(server.uri(PATH), body, id, whole.getFirst().id()));
        assertEquals(TestServer.textOf(EventStream.chunks(whole), 0), TestServer.textOf(EventStream.chunks(events), 0));
    }

    private void awaitAcquaintance() throws Exception {
        awaitKnows(server.uri(PATH), second.uri(PATH));
        awaitKnows(second.uri(PATH), server.uri(PATH));
    }

    /** Until one gateway has heard of the other: an answer that the other has drawn is found. */
    private static void awaitKnows(URI one, URI other) throws Exception {
        ObjectNode body = TestServer.completion(1, 8, 3);
        body.remove("seed");
        while (true) {
            String id = id();
            var drawn = server.client.send(request(other, body, id, null), HttpResponse.BodyHandlers.ofString());
            var found = server.client.send(request(one, body, id, null), HttpResponse.BodyHandlers.ofString());
            if (drawn.statusCode() == 200
                    && TestServer.JSON
                            .readTree(drawn.body())
                            .at("/choices")
                            .equals(TestServer.JSON.readTree(found.body()).at("/choices"))) {
                return;
            }
            Thread.sleep(50);
        }
    }

    private static ObjectNode body(int prompt) {
        return TestServer.completion(prompt, TOKENS, 8).put("n", 2).put("stream", true);
    }

    private static void assertWhole(int prompt, List<Event> events) throws Exception {
        assertTrue(events.getLast().isDone());
        for (int choice = 0; choice < 2; choice++) {
            assertEquals(
                    TestServer.expected(prompt, TOKENS, 8, choice),
                    TestServer.textOf(EventStream.chunks(events), choice));
        }
    }

    /** Reads so many events, then leaves. */
    private static List<Event> readSome(URI uri, ObjectNode body, String id, int count) throws Exception {
        List<Event> events = new ArrayList<>();
        HttpResponse<InputStream> response =
                server.client.send(request(uri, body, id, null), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, response.statusCode());
        try (InputStream in = response.body()) {
            while (events.size() < count) {
                events.addAll(EventStream.next(in));
            }
        }
        return events;
    }

    /** As a client does: attaches again and again until the answer's end. */
    private static List<Event> rest(URI uri, ObjectNode body, String id, @Nullable String lastEvent) throws Exception {
        List<Event> events = new ArrayList<>();
        String last = lastEvent;
        while (events.isEmpty() || !events.getLast().isDone()) {
            HttpResponse<InputStream> response =
                    server.client.send(request(uri, body, id, last), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                if (response.statusCode() == 503) {
                    continue;
                }
                if (response.statusCode() != 200) {
                    fail(response.statusCode() + " " + new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
                while (events.isEmpty() || !events.getLast().isDone()) {
                    events.addAll(EventStream.next(in));
                    last = events.isEmpty() ? last : events.getLast().id();
                }
            } catch (IOException e) {
                // Broken: attach again.
            }
        }
        return events;
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private static HttpRequest request(URI uri, ObjectNode body, String id, @Nullable String lastEvent) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header(ResumeHeaders.ID, id)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
        if (lastEvent != null && !lastEvent.isEmpty()) {
            request.header(ResumeHeaders.LAST_EVENT, lastEvent);
        }
        return request.build();
    }
}
