package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.cluster.ClusterNode;

@Timeout(120)
class WorkerLogTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

    @Test
    void shouldNameARequestAndItsTraceInTheLogOfTheNodeThatRunsIt() throws Exception {
        try (TestServer gateway = new TestServer("troupe.cluster.role = gateway");
                LogRecorder log = new LogRecorder("troupe.attempt", Level.INFO);
                ClusterNode worker = gateway.startWorker()) {
            String body = TestServer.completion(3, 4, 1).toString();
            HttpResponse<String> response =
                    gateway.send(HttpRequest.newBuilder(gateway.post("/v1/completions", body), (name, value) -> true)
                            .header("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01")
                            .build());
            assertEquals(200, response.statusCode(), response.body());

            Map<String, String> line = log.next();
            assertEquals(response.headers().firstValue("X-Request-Id").orElse(""), line.get("id"));
            assertEquals(TRACE, line.get("trace_id"));
            assertTrue(line.getOrDefault("worker", "").startsWith("stub@" + worker.address()), line.toString());
            assertEquals("3", line.get("prompt_tokens"));
            assertEquals("4", line.get("output_tokens"));
            assertEquals("length", line.get("outcome"));
        }
    }
}
