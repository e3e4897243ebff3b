package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.http.ResumableRequests.id;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
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
    private ResumableRequests requests;
    private SecondGateway second;
    private SecondGateway third;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer("");
        requests = new ResumableRequests(server);
        // The actors of these stand still while the gate is shut; their nodes live.
        LongSupplier clock = () -> {
            gate.get().pass();
            return System.nanoTime();
        };
        second = server.startGateway("", clock);
        third = server.startGateway("", clock);
        requests.awaitKnows(server.uri(PATH), second.uri(PATH));
        requests.awaitKnows(server.uri(PATH), third.uri(PATH));
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
        HttpResponse<InputStream> response = requests.open(server.uri(PATH), body, id, null);
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
            HttpResponse<String> refused = requests.send(server.uri(PATH), body, any);
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
        events.addAll(requests.rest(second.uri(PATH), body, id, events.getLast().id()));
        assertEquals(TestServer.expected(51, TOKENS, 8, 0), TestServer.textOf(EventStream.chunks(events), 0));
        assertTrue(events.getLast().isDone());
        // It takes such requests again once it hears the others.
        assertTrue(requests.rest(server.uri(PATH), body, id(), null).getLast().isDone());
    }
}
