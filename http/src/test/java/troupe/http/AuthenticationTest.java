package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that asks for keys. */
@Timeout(120)
class AuthenticationTest {
    private static final String KEY = "troupe-key-of-team-a";
    private static final String OTHER = "troupe-key-of-team-b";
    private static final String COUNTED = "troupe-key-of-the-metrics";
    private static final String WITHOUT = "";

    @TempDir
    static Path folder;

    private static Path file;
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        file = KeysFile.write(
                folder.resolve("keys.conf"),
                KeysFile.entry("team-a", KEY, "weight = 3"),
                KeysFile.entry("team-b", OTHER, "priority = -5"),
                KeysFile.entry("counted", COUNTED, ""));
        server = new TestServer("troupe.http.keys-file = \"" + file + "\"");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> send(String method, String path, String authorization, String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return server.send(request.build());
    }

    private static HttpResponse<String> complete(String key, int tokens) throws Exception {
        return send(
                "POST",
                "/v1/completions",
                "Bearer " + key,
                TestServer.completion(3, tokens, 1).toString());
    }

    private static JsonNode error(HttpResponse<String> response) throws Exception {
        return TestServer.JSON.readTree(response.body()).path("error");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/chat/completions",
        "POST, /v1/completions",
        "GET, /v1/models",
        "GET, /v1/models/stub",
        "POST, /tokenize",
        "POST, /detokenize",
        "GET, /v1/nothing",
        "GET, /anything"
    })
    void shouldAskForAKeyBeforeAnythingElse(String method, String path) throws Exception {
        HttpResponse<String> response = send(method, path, WITHOUT, "{}");
        assertEquals(401, response.statusCode(), response.body());
        assertEquals("Bearer", response.headers().firstValue("WWW-Authenticate").orElse(""));
        assertEquals("invalid_request_error", error(response).path("type").asText());
        assertEquals("invalid_api_key", error(response).path("code").asText());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer ",
                "Bearer troupe-key-of-team-c",
                "Bearer troupe-key-of-team",
                "Bearer troupe-key-of-team-a2",
                "Basic dHJvdXBlLWtleS1vZi10ZWFtLWE6",
                "troupe-key-of-team-a",
                "Bearer troupe key"
            })
    void shouldSayTheSameOfEveryKeyThatIsNone(String authorization) throws Exception {
        assertEquals(
                send("GET", "/v1/models", WITHOUT, "").body(),
                send("GET", "/v1/models", authorization, "").body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + KEY, "bearer " + OTHER})
    void shouldAnswerWhoeverHasAKey(String authorization) throws Exception {
        assertEquals(200, send("GET", "/v1/models", authorization, "").statusCode());
        HttpResponse<String> answer = send(
                "POST",
                "/v1/completions",
                authorization,
                TestServer.completion(3, 4, 1).toString());
        assertEquals(200, answer.statusCode(), answer.body());
    }

    @Test
    void shouldAnswerItself() throws Exception {
        assertEquals(200, complete(server.http.ownKey().value(), 4).statusCode());
    }

    @Test
    void shouldLeaveHealthAndTheConsoleOpenAndMetricsToOperators() throws Exception {
        assertEquals(200, server.get("/health").statusCode());
        assertEquals(200, server.get("/").statusCode());
        assertEquals(200, server.get("/console/main.js").statusCode());
        assertEquals(200, server.get("/metrics").statusCode(), "of this machine");
        String token = "correct-horse-battery";
        try (TestServer asking =
                new TestServer("troupe.http { keys-file = \"" + file + "\", admin-token = " + token + " }")) {
            assertEquals(401, asking.get("/metrics").statusCode());
            HttpRequest.Builder scrape = HttpRequest.newBuilder(asking.uri("/metrics"));
            assertEquals(
                    401,
                    asking.send(scrape.header("Authorization", "Bearer " + KEY).build())
                            .statusCode());
            assertEquals(
                    200,
                    asking.send(scrape.setHeader("Authorization", "Bearer " + token)
                                    .build())
                            .statusCode());
        }
    }

    @Test
    void shouldNameTheTenantInTheLogTheWaterfallAndTheMetricsAndNeverTheKey() throws Exception {
        try (LogRecorder log = new LogRecorder("troupe.request", Level.INFO)) {
            String id =
                    complete(COUNTED, 4).headers().firstValue("X-Request-Id").orElseThrow();
            Map<String, String> line = log.next();
            assertEquals("counted", line.get("tenant"));
            assertFalse(line.toString().contains(COUNTED), line::toString);
            JsonNode waterfall =
                    TestServer.JSON.readTree(server.get("/admin/requests/" + id).body());
            assertEquals("counted", waterfall.path("tenant").asText());
            String metrics = server.get("/metrics").body();
            for (String sample : List.of(
                    "troupe_tenant_requests_total{tenant=\"counted\"} 1.0",
                    "troupe_tenant_prompt_tokens_total{tenant=\"counted\"} 3.0",
                    "troupe_tenant_generation_tokens_total{tenant=\"counted\"} 4.0")) {
                assertTrue(metrics.contains(sample), metrics);
            }
            assertFalse(metrics.contains(COUNTED));
        }
    }

    @Test
    void shouldNotLogAKeyInAHeaderThatIsMalformed() throws Exception {
        try (LogRecorder log = new LogRecorder("ROOT", Level.DEBUG);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write(
                            ("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer \""
                                            + KEY + "\\\u00e9\r\n\r\n")
                                    .getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 401") || answer.startsWith("HTTP/1.1 400"), answer);
            assertFalse(answer.contains(KEY), answer);
            for (String line : log.rest()) {
                assertFalse(line.contains(KEY), line);
            }
        }
    }
}
