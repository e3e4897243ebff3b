package troupe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TroupeClientTest {
    private static final String PATH = "/v1/completions";
    private static final String BODY = "{\"prompt\": \"x\"}";

    private BreakingServer first;
    private BreakingServer second;
    /** At zero when two events have been read. */
    private final CountDownLatch read = new CountDownLatch(2);

    @BeforeEach
    void start() throws Exception {
        first = new BreakingServer();
        second = new BreakingServer();
    }

    @AfterEach
    void stop() throws Exception {
        first.close();
        second.close();
    }

    private TroupeClient client() {
        return new TroupeClient(settings());
    }

    private ClientSettings settings() {
        // Longer than any pause of a busy machine.
        return ClientSettings.of(List.of(first.uri(), second.uri())).withSilenceLimit(Duration.ofSeconds(50));
    }

    private static String event(int id) {
        return "id: " + id + "\ndata: chunk " + id + "\n\n";
    }

    private static List<String> data(List<ServerEvent> events) {
        return events.stream().map(ServerEvent::data).toList();
    }

    private List<String> readAll(TroupeClient client) {
        List<ServerEvent> events = new ArrayList<>();
        client.stream(PATH, BODY, event -> {
            events.add(event);
            read.countDown();
        });
        return data(events);
    }

    @Test
    void shouldGoOnAtTheNextGatewayWhereTheConnectionBroke() {
        first.then(BreakingServer.broken(read, event(1), event(2), "id: 3\ndata: chu"));
        second.then(BreakingServer.stream(": still there\n\n", event(3)));
        try (TroupeClient client = client()) {
            assertEquals(List.of("chunk 1", "chunk 2", "chunk 3"), readAll(client));
        }
        BreakingServer.Request begun = first.requests().getFirst();
        BreakingServer.Request goneOn = second.requests().getFirst();
        assertEquals(PATH, goneOn.path());
        assertEquals(begun.body(), goneOn.body());
        assertTrue(begun.header("x-troupe-resume-id").matches("[A-Za-z0-9_.-]{16,128}"));
        assertEquals(begun.header("x-troupe-resume-id"), goneOn.header("x-troupe-resume-id"));
        assertFalse(begun.headers().containsKey("last-event-id"));
        assertEquals("2", goneOn.header("last-event-id"));
    }

    private TroupeClient impatient(Duration silenceLimit) {
        return new TroupeClient(settings().withSilenceLimit(silenceLimit));
    }

    @Test
    void shouldGiveUpAConnectionThatIsSilent() {
        first.then(out -> {
            BreakingServer.begin(out);
            BreakingServer.chunk(out, event(1));
            Thread.sleep(Duration.ofMinutes(1));
        });
        second.then(BreakingServer.stream(event(2)));
        try (TroupeClient client = impatient(Duration.ofSeconds(2))) {
            assertEquals(List.of("chunk 1", "chunk 2"), readAll(client));
        }
        assertEquals("1", second.requests().getFirst().header("last-event-id"));
    }

    @Test
    void shouldGiveUpAGatewayThatTakesTheRequestAndSaysNothing() {
        first.then(out -> Thread.sleep(Duration.ofMinutes(1)));
        second.then(BreakingServer.stream(event(1)));
        try (TroupeClient client = impatient(Duration.ofSeconds(2))) {
            assertEquals(List.of("chunk 1"), readAll(client));
        }
    }

    @Test
    void shouldStayWithAStreamThatHasOnlyComments() {
        Duration limit = Duration.ofSeconds(2);
        first.then(out -> {
            BreakingServer.begin(out);
            BreakingServer.chunk(out, event(1));
            for (long end = System.nanoTime() + 2 * limit.toNanos(); System.nanoTime() - end < 0; ) {
                Thread.sleep(50);
                BreakingServer.chunk(out, ": waiting\n\n");
            }
            BreakingServer.chunk(out, event(2));
            BreakingServer.end(out);
        });
        try (TroupeClient client = impatient(limit);
                EventStream events = client.stream(PATH, BODY)) {
            List<ServerEvent> all = new ArrayList<>();
            events.forEachRemaining(all::add);
            assertEquals(List.of("chunk 1", "chunk 2"), data(all));
            assertEquals(0, events.reconnections());
            assertEquals("2", events.lastEventId());
        }
    }

    @Test
    void shouldAskAgainWhereAGatewayIsFullOrGone() throws Exception {
        first.then(BreakingServer.status(429, "{}")).then(BreakingServer.stream(event(1)));
        second.then(BreakingServer.status(503, "{}"));
        BreakingServer gone = new BreakingServer();
        URI refusing = gone.uri();
        gone.close();
        ClientSettings settings = ClientSettings.of(List.of(first.uri(), second.uri(), refusing));
        try (TroupeClient client = new TroupeClient(settings)) {
            assertEquals(List.of("chunk 1"), readAll(client));
        }
        assertEquals(2, first.requests().size());
    }

    @Test
    void shouldEndAtAFinalRefusal() {
        first.then(BreakingServer.broken(new CountDownLatch(0), event(1)));
        second.then(BreakingServer.status(409, "{\"error\":{\"code\":\"resume_conflict\",\"message\":\"no\"}}"));
        try (TroupeClient client = client()) {
            RefusedException refused = assertThrows(RefusedException.class, () -> readAll(client));
            assertEquals(409, refused.status());
            assertEquals("resume_conflict", refused.code());
            assertFalse(refused.isLost());
        }
    }

    @Test
    void shouldBeginAnAnswerAnewWhereEveryCopyIsLost() {
        first.then(BreakingServer.broken(new CountDownLatch(0), event(1)));
        second.then(BreakingServer.status(404, "{\"error\":{\"code\":\"resume_not_found\",\"message\":\"no\"}}"))
                .then(BreakingServer.stream(event(1), event(2)));
        try (TroupeClient client = client()) {
            assertEquals(List.of("chunk 1", "chunk 2"), data(client.answer(PATH, BODY)));
        }
        BreakingServer.Request begunAnew = second.requests().getLast();
        assertEquals(first.requests().getFirst().body(), begunAnew.body());
        assertFalse(begunAnew.headers().containsKey("last-event-id"));
        assertNotEquals(
                second.requests().getFirst().header("x-troupe-resume-id"), begunAnew.header("x-troupe-resume-id"));
    }

    @Test
    void shouldAskForAWholeAnswerAgainWithTheSameSeed() {
        first.then(out -> out.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\""
                .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        second.then(BreakingServer.status(200, "{\"id\":1}"));
        try (TroupeClient client = client()) {
            assertEquals("{\"id\":1}", client.whole(PATH, BODY).strip());
        }
        assertEquals(
                first.requests().getFirst().body(), second.requests().getFirst().body());
        assertFalse(second.requests().getFirst().headers().containsKey("x-troupe-resume-id"));
    }

    @Test
    void shouldGoOnElsewhereWhereTheGatewayLeaves() {
        String leaving = "id: 2\ndata: {\"error\":{\"code\":\"draining\",\"message\":\"bye\"}}\n\n";
        first.then(BreakingServer.stream(event(1), leaving));
        second.then(BreakingServer.stream(event(2)));
        try (TroupeClient client = client()) {
            assertEquals(List.of("chunk 1", "chunk 2"), readAll(client));
        }
        assertEquals("1", second.requests().getFirst().header("last-event-id"));
    }

    @Test
    void shouldHandOverErrorsThatAreAboutTheRequest() {
        String failed = "{\"error\":{\"code\":\"internal\",\"message\":\"no\"}}";
        first.then(BreakingServer.stream("id: 1\ndata: " + failed + "\n\n"));
        try (TroupeClient client = client()) {
            assertEquals(List.of(failed), readAll(client));
        }
    }

    @Test
    void shouldNotBeginAgainWhatCannotBeTakenUp() {
        first.then(BreakingServer.broken(read, "data: a\n\n", "data: b\n\n"));
        try (TroupeClient client = new TroupeClient(settings().withoutResuming())) {
            ClientException broken = assertThrows(ClientException.class, () -> readAll(client));
            assertTrue(String.valueOf(broken.getMessage()).contains("broke off"), broken::toString);
        }
        assertEquals("", first.requests().getFirst().header("x-troupe-resume-id"));
        assertEquals(List.of(), second.requests());
    }

    @Test
    void shouldEndAtTheDeadline() {
        for (int i = 0; i < 100; i++) {
            first.then(BreakingServer.status(503, "{}"));
            second.then(BreakingServer.status(503, "{}"));
        }
        try (TroupeClient client = new TroupeClient(settings().withDeadline(Duration.ofMillis(400)))) {
            ClientException late = assertThrows(ClientException.class, () -> readAll(client));
            assertTrue(String.valueOf(late.getMessage()).contains("deadline"), late::toString);
        }
    }

    @Test
    void shouldSendKeyAndGrace() {
        first.then(BreakingServer.stream());
        ClientSettings settings = settings().withApiKey("secret").withGrace(Duration.ofMillis(1_500));
        try (TroupeClient client = new TroupeClient(settings)) {
            assertEquals(List.of(), readAll(client));
        }
        BreakingServer.Request request = first.requests().getFirst();
        assertEquals("Bearer secret", request.header("authorization"));
        assertEquals("2", request.header("x-troupe-resume-grace"));
    }
}
