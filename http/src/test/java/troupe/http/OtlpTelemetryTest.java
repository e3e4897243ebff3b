package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Traces arrive at a collector that is nothing but a socket: names and ids are there as bytes in what it gets. */
@Timeout(120)
class OtlpTelemetryTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";

    private final LinkedBlockingQueue<String> exports = new LinkedBlockingQueue<>();
    private HttpServer collector = collector();

    @BeforeEach
    void listen() {
        collector.createContext("/v1/traces", exchange -> {
            exports.add(HexFormat.of().formatHex(exchange.getRequestBody().readAllBytes()));
            exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
    }

    @AfterEach
    void stop() {
        collector.stop(0);
    }

    @Test
    void shouldExportARequestAsPartOfItsClientsTrace() throws Exception {
        try (LogRecorder log = new LogRecorder("troupe.request", Level.INFO)) {
            try (TestServer server = server()) {
                send(server, "00-" + TRACE + "-" + PARENT + "-01");
            }
            assertEquals(TRACE, log.next().get("trace_id"));
        }
        String export = export();
        assertTrue(export.contains(TRACE) && export.contains(PARENT), export);
        for (String name : List.of("request", "tokenize", "attempt", "queue", "prefill", "decode", "stub@127.0.0.1:")) {
            assertTrue(export.contains(hex(name)), name);
        }
    }

    @Test
    void shouldBeginATraceWhereTheClientHasNone() throws Exception {
        Map<String, String> line;
        try (LogRecorder log = new LogRecorder("troupe.request", Level.INFO)) {
            try (TestServer server = server()) {
                send(server, "none");
            }
            line = log.next();
        }
        String trace = line.get("trace_id");
        assertNotNull(trace);
        assertTrue(export().contains(trace));
    }

    @Test
    void shouldNotExportWhatItsClientDoesNotRecord() throws Exception {
        try (LogRecorder log = new LogRecorder("troupe.request", Level.INFO);
                TestServer server = server()) {
            send(server, "00-" + TRACE + "-" + PARENT + "-00");
            assertEquals(TRACE, log.next().get("trace_id"));
        }
        assertEquals(0, exports.size());
    }

    private TestServer server() {
        return new TestServer("troupe.telemetry.endpoint = \"http://127.0.0.1:"
                + collector.getAddress().getPort() + "\"");
    }

    private static void send(TestServer server, String traceparent) throws Exception {
        HttpRequest post =
                server.post("/v1/completions", TestServer.completion(9, 4, 1).toString());
        HttpRequest traced = HttpRequest.newBuilder(post, (name, value) -> true)
                .header("traceparent", traceparent)
                .build();
        assertEquals(200, server.send(traced).statusCode());
    }

    private String export() throws InterruptedException {
        String export = exports.poll(30, TimeUnit.SECONDS);
        assertNotNull(export, "nothing was exported");
        return export;
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    }

    private static HttpServer collector() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
