package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.engine.testing.Gate;
import troupe.http.EventStream.Event;
import troupe.http.TestServer.SecondGateway;

/** A gateway that hears nothing of the two others: it sends the clients of resumable requests away, and no others. */
@Timeout(120)
class CutOffGatewayTest {
    private static final String PATH = "/v1/completions";
    private static final int TOKENS = 40;

    private final AtomicReference<Gate> gate = new AtomicReference<>(open());
    private TestServer server;
    private SecondGateway second;
    private SecondGateway third;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer("");
        // The actors of these stand still while the gate is shut; their nodes live.
        LongSupplier clock = () -> {
            gate.get().pass();
            return System.nanoTime();
        };
        second = server.startGateway("", clock);
        third = server.startGateway("", clock);
        awaitKnownTo(server.uri(PATH), second.uri(PATH));
        awaitKnownTo(server.uri(PATH), third.uri(PATH));
    }

    private static Gate open() {
        Gate open = new Gate();
        open.open();
        return open;
    }

    @AfterEach
    void stop() {
        gate.get().open();
        server.beforeStep.set(plan -> {});
        third.close();
        second.close();
        server.close();
    }

    @Test
    void shouldSendClientsOfResumableRequestsToOtherGatewaysAndNoOthers() throws Exception {
        Semaphore steps = new Semaphore(6);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = TestServer.completion(51, TOKENS, 8).put("stream", true);
        String id = id();
        List<Event> events = new ArrayList<>();
        HttpResponse<InputStream> response = server.client.send(
                request(server.uri(PATH), body, id, null), HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(200, response.statusCode());
        try (InputStream in = response.body()) {
            while (events.size() < 4) {
                events.addAll(EventStream.next(in));
            }
            gate.set(new Gate());
            assertThrows(IOException.class, () -> {
                while (true) {
                    events.addAll(EventStream.next(in));
                }
            });
        }
        for (String any : List.of(id, id())) {
            HttpResponse<String> refused = server.send(request(server.uri(PATH), body, any, null));
            assertEquals(503, refused.statusCode());
            assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
            assertEquals(
                    "cut_off",
                    TestServer.JSON.readTree(refused.body()).at("/error/code").asText());
        }
        steps.release(10_000);
        ObjectNode plain = TestServer.completion(51, 4, 8);
        assertEquals(200, server.send(server.post(PATH, plain.toString())).statusCode());

        gate.get().open();
        events.addAll(rest(second.uri(PATH), body, id, events.getLast().id()));
        assertEquals(TestServer.expected(51, TOKENS, 8, 0), TestServer.textOf(EventStream.chunks(events), 0));
        assertTrue(events.getLast().isDone());
        // It takes such requests again once it hears the others.
        assertTrue(rest(server.uri(PATH), body, id(), null).getLast().isDone());
    }

    /** Attaches again and again until the answer's end. */
    private List<Event> rest(URI uri, ObjectNode body, String id, @Nullable String lastEvent) throws Exception {
        List<Event> events = new ArrayList<>();
        String last = lastEvent;
        while (events.isEmpty() || !events.getLast().isDone()) {
            HttpResponse<InputStream> response =
                    server.client.send(request(uri, body, id, last), HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream in = response.body()) {
                while (response.statusCode() == 200
                        && (events.isEmpty() || !events.getLast().isDone())) {
                    events.addAll(EventStream.next(in));
                    last = events.isEmpty() ? last : events.getLast().id();
                }
            } catch (IOException e) {
                // Broken: attach again.
            }
        }
        return events;
    }

    /** Until one gateway has heard of the other: an answer that the other has drawn is found. */
    private void awaitKnownTo(URI one, URI other) throws Exception {
        ObjectNode body = TestServer.completion(1, 8, 3);
        body.remove("seed");
        while (true) {
            String id = id();
            HttpResponse<String> drawn = server.send(request(other, body, id, null));
            HttpResponse<String> found = server.send(request(one, body, id, null));
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
