package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.actors.admin.AdminException;

@Timeout(120)
class AdminApiTest {
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer("");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void shouldShowTheCluster() throws Exception {
        JsonNode cluster = json(server.get("/admin/cluster"));
        assertEquals("node-0", cluster.path("node").asText());
        JsonNode worker = cluster.at("/nodes/1");
        assertEquals("draining", worker.path("status").asText());
        assertEquals(8L << 30, worker.at("/devices/0/memory_bytes").asLong());
        assertEquals(40, worker.at("/replicas/0/kv_blocks_used").asInt());
        assertEquals(2.3, worker.at("/replicas/0/speed/step_ms").asDouble(), 1e-9);
        assertEquals(0.31, worker.at("/replicas/0/speed/prefill_token_ms").asDouble(), 1e-9);
        assertEquals(0.56, worker.at("/replicas/0/speed/decode_token_ms").asDouble(), 1e-9);
        assertTrue(worker.at("/replicas/1/speed").isNull(), "not measured yet");
        assertEquals(RecordingAdmin.HOSTILE, worker.at("/replicas/1/model").asText());
        assertEquals(1, cluster.at("/deployments/0/ready").asInt());
    }

    @Test
    void shouldShowTheEventsAfterANumber() throws Exception {
        assertEquals(2, json(server.get("/admin/events")).path("events").size());
        JsonNode events = json(server.get("/admin/events?after=1")).path("events");
        assertEquals(1, events.size());
        assertEquals("draining", events.at("/0/kind").asText());
        assertEquals(400, server.get("/admin/events?after=x").statusCode());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "POST | /admin/deployments | {\"model\":\"a/b.gguf\",\"replicas\":2,\"kv_memory_bytes\":1024} | deploy a/b.gguf 2 1024",
                "POST | /admin/deployments | {\"model\":\"m\",\"replicas\":0} | deploy m 0 0",
                "POST | /admin/deployments/m/scale | {\"replicas\":3} | scale m 3",
                "POST | /admin/deployments/a%2Fb.gguf/scale | {\"replicas\":3} | scale a/b.gguf 3",
                "DELETE | /admin/deployments/a%2Fb.gguf | `` | unload a/b.gguf",
                "POST | /admin/nodes/node-1/drain | {} | drain node-1 false",
                "POST | /admin/nodes/node-1/drain | {\"force\":true} | drain node-1 true",
            })
    void shouldHandAWishOn(String method, String path, String body, String wish) throws Exception {
        HttpResponse<String> response = server.send(request(method, path, body));
        assertEquals(202, response.statusCode(), response.body());
        assertEquals(wish, server.admin.wishes.poll());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/admin/deployments | {\"replicas\":1} | model",
                "/admin/deployments | {\"model\":\" \",\"replicas\":1} | model",
                "/admin/deployments | {\"model\":\"m\"} | replicas",
                "/admin/deployments | {\"model\":\"m\",\"replicas\":-1} | replicas",
                "/admin/deployments | {\"model\":\"m\",\"replicas\":1.5} | replicas",
                "/admin/deployments | {\"model\":\"m\",\"replicas\":1,\"kv_memory_bytes\":-1} | kv_memory_bytes",
                "/admin/deployments | {\"model\":\"m\",\"replica\":1,\"replicas\":1} | replica",
                "/admin/deployments/m/scale | {\"replicas\":100001} | replicas",
                "/admin/nodes/a%0Ab/drain | {} | node",
                "/admin/nodes/a/drain | {\"force\":\"yes\"} | force",
            })
    void shouldRefuseAFieldAndNameIt(String path, String body, String param) throws Exception {
        HttpResponse<String> response = server.send(request("POST", path, body));
        assertEquals(400, response.statusCode(), response.body());
        assertEquals(param, json(response).at("/error/param").asText());
        assertNull(server.admin.wishes.poll());
    }

    @ParameterizedTest
    @CsvSource({"INVALID, 400", "UNKNOWN, 404", "UNAVAILABLE, 503"})
    void shouldSayWhyTheClusterRefusesAWish(AdminException.Kind kind, int status) throws Exception {
        server.admin.refusal.set(new AdminException(kind, "because"));
        HttpResponse<String> response = server.send(request("POST", "/admin/deployments/m/scale", "{\"replicas\":1}"));
        assertEquals(status, response.statusCode());
        assertEquals("because", json(response).at("/error/message").asText());
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /admin/, 404",
        "GET, /admin/nothing, 404",
        "GET, /admin/nodes/a/b/c, 404",
        "GET, /admin/requests/none, 404",
        "GET, /admin/deployments, 405",
        "POST, /admin/cluster, 405"
    })
    void shouldRefuseOtherPathsAndMethods(String method, String path, int status) throws Exception {
        assertEquals(status, server.send(request(method, path, "{}")).statusCode());
    }

    @Test
    void shouldShowARequestsWaterfallOverTheDeathOfItsWorker() throws Exception {
        AtomicInteger steps = new AtomicInteger();
        server.beforeStep.set(plan -> {
            if (steps.incrementAndGet() == 3) {
                throw new IllegalStateException("the device is gone");
            }
        });
        HttpResponse<String> answer = server.send(HttpRequest.newBuilder(
                        server.post(
                                "/v1/completions",
                                TestServer.completion(60, 8, 1).toString()),
                        (n, v) -> true)
                .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
                .build());
        server.beforeStep.set(plan -> {});
        assertEquals(200, answer.statusCode(), answer.body());
        String id = answer.headers().firstValue("X-Request-Id").orElseThrow();

        JsonNode request = json(server.get("/admin/requests")).at("/requests/0");
        assertEquals(id, request.path("id").asText());
        assertEquals("length", request.path("finish_reason").asText());
        assertFalse(request.has("attempts"));

        JsonNode waterfall = json(server.get("/admin/requests/" + id));
        assertEquals(
                "0af7651916cd43dd8448eb211c80319c", waterfall.path("trace_id").asText());
        assertEquals(8, waterfall.path("output_tokens").asInt());
        assertInOrder(
                waterfall, "parsed_ms", "tokenized_ms", "accepted_ms", "first_token_ms", "last_token_ms", "ended_ms");
        assertEquals(2, waterfall.path("attempts").size(), waterfall.toString());
        JsonNode lost = waterfall.at("/attempts/0");
        JsonNode last = waterfall.at("/attempts/1");
        assertEquals("lost", lost.path("outcome").asText());
        assertEquals("finished", last.path("outcome").asText());
        assertTrue(last.path("worker").asText().startsWith("stub@127.0.0.1:"), waterfall.toString());
        assertEquals(
                8,
                lost.path("output_tokens").asInt() + last.path("output_tokens").asInt());
        assertInOrder(last, "submitted_ms", "prefill_begin_ms", "first_token_ms", "last_token_ms", "ended_ms");
        assertTrue(lost.path("ended_ms").asDouble() <= last.path("submitted_ms").asDouble(), waterfall.toString());
    }

    @Test
    void shouldCountItsRequestsInTheFigures() throws Exception {
        server.send(
                server.post("/v1/completions", TestServer.completion(70, 9, 1).toString()));
        JsonNode figures = json(server.get("/admin/figures"));
        assertTrue(figures.at("/time_to_first_token_ms/count").asLong() >= 1, figures.toString());
        assertTrue(figures.at("/inter_token_latency_ms/count").asLong() >= 8, figures.toString());
        assertEquals(120, figures.path("output_tokens_by_second").size());
        assertEquals(200, figures.path("kv_blocks_total").asInt());
        assertEquals(3, figures.path("running").asInt());
    }

    @Test
    void shouldNotShowWhatIsNoRequestForAnAnswer() throws Exception {
        int before = json(server.get("/admin/requests")).path("requests").size();
        server.get("/v1/models");
        server.get("/");
        assertEquals(
                before, json(server.get("/admin/requests")).path("requests").size());
    }

    private static void assertInOrder(JsonNode times, String... names) {
        for (int i = 1; i < names.length; i++) {
            assertTrue(times.path(names[i]).isNumber(), names[i] + " in " + times);
            assertTrue(
                    times.path(names[i - 1]).asDouble() <= times.path(names[i]).asDouble(),
                    names[i - 1] + " after " + names[i] + " in " + times);
        }
    }

    private static HttpRequest request(String method, String path, String body) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(server.uri(path));
        return body.isEmpty()
                ? builder.method(method, HttpRequest.BodyPublishers.noBody()).build()
                : builder.header("Content-Type", "application/json")
                        .method(
                                method,
                                method.equals("GET")
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .build();
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return TestServer.JSON.readTree(response.body());
    }
}
