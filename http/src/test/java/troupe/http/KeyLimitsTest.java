package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.conf.ApiKey;
import troupe.engine.testing.Gate;

/** What the file of keys says is kept to, and what it says anew. */
@Timeout(120)
class KeyLimitsTest {
    private static final String KEY = "troupe-key-of-team-a";
    private static final String OTHER = "troupe-key-of-team-b";

    @TempDir
    Path folder;

    private Path file = Path.of("");
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        file = folder.resolve("keys.conf");
        start("");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private HttpResponse<String> post(String key, String body) throws Exception {
        return server.send(HttpRequest.newBuilder(server.post("/v1/completions", body), (name, value) -> true)
                .header("Authorization", "Bearer " + key)
                .build());
    }

    private HttpResponse<String> complete(String key, int tokens) throws Exception {
        return post(key, TestServer.completion(3, tokens, 1).toString());
    }

    private static JsonNode error(HttpResponse<String> response) throws Exception {
        return TestServer.JSON.readTree(response.body()).path("error");
    }

    @Test
    void shouldTakeKeysAndLimitsThatChangedAndKeepThemWhereTheFileIsBroken() throws Exception {
        assertEquals(200, complete(KEY, 2).statusCode());
        String third = "troupe-key-of-team-c";
        KeysFile.write(
                file, KeysFile.entry("team-c", third, ""), KeysFile.entry("team-b", OTHER, "max-open-requests = 1"));
        awaitStatus(third, 200);
        assertEquals(401, complete(KEY, 2).statusCode(), "a key that was taken out");
        try (LogRecorder log = new LogRecorder(WatchedFiles.class.getName(), Level.ERROR)) {
            Files.writeString(
                    file, "keys = [\n{ name = team-a, sha256 = \"" + ApiKey.Hash.of(KEY) + "\", wieght = 2 }\n]");
            while (log.rest().isEmpty()) {
                Thread.sleep(100);
            }
            assertTrue(
                    log.rest().getFirst().contains("line 2, key 1: unknown field wieght"),
                    () -> log.rest().toString());
        }
        assertEquals(200, complete(third, 2).statusCode());
        assertEquals(401, complete(KEY, 2).statusCode());
        KeysFile.write(file, KeysFile.entry("team-a", KEY, ""));
        awaitStatus(KEY, 200);
    }

    private void awaitStatus(String key, int status) throws Exception {
        while (complete(key, 2).statusCode() != status) {
            Thread.sleep(100);
        }
    }

    private void start(String limits) throws IOException {
        KeysFile.write(file, KeysFile.entry("team-a", KEY, limits), KeysFile.entry("team-b", OTHER, ""));
        server = new TestServer("troupe.http.keys-file = \"" + file + "\"");
    }

    private void restart(String limits) throws IOException {
        server.close();
        start(limits);
    }

    @Test
    void shouldRefuseMoreOpenRequestsThanAKeyMayHaveAndLetOthersIn() throws Exception {
        restart("max-open-requests = 1");
        Gate gate = new Gate();
        server.beforeStep.set(plan -> gate.pass());
        var taken = server.client.sendAsync(
                HttpRequest.newBuilder(
                                server.post(
                                        "/v1/completions",
                                        TestServer.completion(1, 5, 1)
                                                .put("stream", true)
                                                .toString()),
                                (name, value) -> true)
                        .header("Authorization", "Bearer " + KEY)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        gate.awaitArrival();
        HttpResponse<String> refused = complete(KEY, 5);
        assertEquals(429, refused.statusCode(), refused.body());
        assertEquals("1", refused.headers().firstValue("Retry-After").orElse(""));
        assertEquals("requests", error(refused).path("type").asText());
        assertEquals("rate_limit_exceeded", error(refused).path("code").asText());
        assertEquals(
                "the key 'team-a' has reached its limit max-open-requests = 1; try again in 1 s",
                error(refused).path("message").asText());
        gate.open();
        assertEquals(200, complete(OTHER, 5).statusCode());
        assertEquals(200, taken.join().statusCode());
        awaitStatus(KEY, 200);
        assertTrue(server.get("/metrics")
                .body()
                .contains("troupe_tenant_refusals_total{limit=\"max-open-requests\",tenant=\"team-a\"}"));
    }

    @Test
    void shouldRefuseMoreRequestsThanAMinutesAndSayWhenThereIsRoom() throws Exception {
        restart("requests-per-minute = 2");
        assertEquals(200, complete(KEY, 2).statusCode());
        assertEquals(400, post(KEY, "{}").statusCode());
        HttpResponse<String> refused = complete(KEY, 2);
        assertEquals(429, refused.statusCode(), refused.body());
        int seconds =
                Integer.parseInt(refused.headers().firstValue("Retry-After").orElse(""));
        assertTrue(seconds >= 1 && seconds <= 30, () -> seconds + " s");
        // Lists of models are no requests for answers.
        HttpRequest models = HttpRequest.newBuilder(server.uri("/v1/models"))
                .header("Authorization", "Bearer " + KEY)
                .build();
        assertEquals(200, server.send(models).statusCode());
    }

    @Test
    void shouldCountARequestOnceHoweverOftenItsClientComesBack() throws Exception {
        restart("requests-per-minute = 2");
        String body = TestServer.completion(3, 2, 1).put("stream", true).toString();
        String first = resumed(body, "0123456789abcdef", "").body();
        String lastRead = first.lines()
                .filter(line -> line.startsWith("id: "))
                .map(line -> line.substring("id: ".length()))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < 5; i++) {
            assertEquals(200, resumed(body, "0123456789abcdef", lastRead).statusCode());
        }
        assertEquals(200, complete(KEY, 2).statusCode());
        assertEquals(429, complete(KEY, 2).statusCode());
        String metrics = server.get("/metrics").body();
        assertTrue(metrics.contains("troupe_tenant_requests_total{tenant=\"team-a\"} 2.0"), metrics);
    }

    private HttpResponse<String> resumed(String body, String id, String lastEvent) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        server.post("/v1/completions", body), (name, value) -> true)
                .header("Authorization", "Bearer " + KEY)
                .header(ResumeHeaders.ID, id);
        if (!lastEvent.isEmpty()) {
            request.header(ResumeHeaders.LAST_EVENT, lastEvent);
        }
        return server.send(request.build());
    }

    @Test
    void shouldSettleTokensByWhatWasTaken() throws Exception {
        restart("tokens-per-minute = 100");
        // 3 tokens of the prompt and 1 of the output, though it might have been 63.
        String modest = TestServer.completion(3, 60, 1).put("stop", " w").toString();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> answer = post(KEY, modest);
            assertEquals(200, answer.statusCode(), answer.body());
        }
        assertEquals(200, complete(KEY, 60).statusCode());
        HttpResponse<String> refused = complete(KEY, 90);
        assertEquals(429, refused.statusCode(), refused.body());
        assertEquals("tokens", error(refused).path("type").asText());
        assertTrue(error(refused).path("message").asText().contains("tokens-per-minute = 100"), refused.body());
        assertTrue(refused.headers().firstValue("Retry-After").isPresent());
    }
}
