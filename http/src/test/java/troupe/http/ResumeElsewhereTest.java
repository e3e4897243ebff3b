package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.http.ResumableRequests.id;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
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
    private static ResumableRequests requests;
    private SecondGateway second;

    @BeforeAll
    static void start() {
        server = new TestServer("");
        requests = new ResumableRequests(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void startSecond() throws Exception {
        second = server.startGateway("");
        ObjectNode body = TestServer.completion(1, 2, 3);
        while (requests.send(second.uri(PATH), body, id()).statusCode() != 200) {
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
        List<Event> events = requests.readSome(second.uri(PATH), body, id, 4);
        steps.release(1_000);
        events.addAll(requests.rest(server.uri(PATH), body, id, events.getLast().id()));
        assertWhole(51, events);
    }

    @Test
    void shouldGoOnWithExactlyTheRestWhenTheGatewayIsGone() throws Exception {
        Semaphore steps = new Semaphore(6);
        server.beforeStep.set(plan -> steps.acquireUninterruptibly());
        ObjectNode body = body(61);
        body.remove("seed");
        String id = id();
        List<Event> events = requests.readSome(second.uri(PATH), body, id, 4);
        second.end();
        steps.release(1_000);
        events.addAll(requests.rest(server.uri(PATH), body, id, events.getLast().id()));

        assertTrue(events.getLast().isDone());
        // The draw of the first gateway went on: what the second one would draw anew is another answer.
        List<Event> again = requests.rest(server.uri(PATH), body, id, null);
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
        List<Event> whole = requests.rest(second.uri(PATH), body, id, null);
        second.end();
        List<Event> events = new ArrayList<>(List.of(whole.getFirst()));
        events.addAll(requests.rest(server.uri(PATH), body, id, whole.getFirst().id()));
        assertEquals(TestServer.textOf(EventStream.chunks(whole), 0), TestServer.textOf(EventStream.chunks(events), 0));
    }

    private void awaitAcquaintance() throws Exception {
        requests.awaitKnows(server.uri(PATH), second.uri(PATH));
        requests.awaitReplicates(second.uri(PATH));
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
}
