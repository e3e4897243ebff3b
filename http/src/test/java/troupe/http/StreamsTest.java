package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.engine.EngineEvent;

/** Streams: many at once, over the death of an engine, to readers and connections of all kinds. */
class StreamsTest {
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

    /**
     * Such a request ends the connection's requests, which must not look like a client that has left: not before the
     * response, nor in the middle of one that is streamed.
     */
    @ParameterizedTest
    @CsvSource({"Connection: close, false", "connection: Close, false", "Connection: close, true"})
    void shouldAnswerTheLastRequestOfAConnection(String header, boolean stream) throws Exception {
        String body = TestServer.completion(10, 5, 5).put("stream", stream).toString();
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n" + header + "\r\n";
        String whole = head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        String chunked = head + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(body.length()) + "\r\n"
                + body + "\r\n0\r\n\r\n";
        server.beforeStep.set(
                plan -> LockSupport.parkNanos(Duration.ofMillis(10).toNanos()));
        for (int i = 0; i < 10; i++) {
            for (String request : List.of(whole, chunked)) {
                String answer = send(request);

                assertTrue(answer.contains(" 200 OK"), answer);
                assertTrue(answer.contains(stream ? "data: [DONE]" : TestServer.expected(10, 5, 5, 0)), answer);
            }
        }
    }

    /** Sends a request over a connection of its own, and gives all that comes back. */
    private static String send(String request) throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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
}
