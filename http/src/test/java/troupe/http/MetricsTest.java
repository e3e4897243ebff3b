package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ResumingView;
import troupe.actors.admin.RoutingView;
import troupe.engine.EngineEvent;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.kv.KvChanges;

/** What monitors see. */
class MetricsTest {
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
    void shouldShowModelsHealthAndMetricsUnderTheirKnownNames() throws Exception {
        server.send(server.post(
                "/v1/completions",
                TestServer.completion(70, 5, 1).put("stream", true).toString()));
        server.await(EngineEvent.Finished.class);

        assertEquals(
                "stub",
                TestServer.JSON
                        .readTree(server.get("/v1/models").body())
                        .at("/data/0/id")
                        .asText());
        assertEquals(200, server.get("/health").statusCode());
        String metrics = server.get("/metrics").body();
        for (String line : List.of(
                "# TYPE vllm:time_to_first_token_seconds histogram",
                "vllm:time_to_first_token_seconds_bucket{le=\"0.001\",model_name=\"stub\"}",
                "vllm:time_to_first_token_seconds_bucket{le=\"2560.0\",model_name=\"stub\"}",
                "vllm:inter_token_latency_seconds_bucket{le=\"0.025\",model_name=\"stub\"}",
                "vllm:e2e_request_latency_seconds_count{model_name=\"stub\"}",
                "vllm:request_queue_time_seconds_sum{model_name=\"stub\"}",
                "vllm:request_prefill_time_seconds_sum{model_name=\"stub\"}",
                "vllm:request_decode_time_seconds_sum{model_name=\"stub\"}",
                "vllm:iteration_tokens_total_bucket{le=\"8.0\",model_name=\"stub\"}",
                "# TYPE vllm:num_requests_running gauge",
                "vllm:num_requests_running{model_name=\"stub\"}",
                "vllm:num_requests_waiting{model_name=\"stub\"}",
                "troupe_gateway_requests_waiting{model_name=\"stub\"}",
                "troupe_gateway_wait_seconds_bucket{le=\"0.3\",model_name=\"stub\"}",
                "vllm:kv_cache_usage_perc{model_name=\"stub\"}",
                "vllm:prompt_tokens_total{model_name=\"stub\"}",
                "vllm:generation_tokens_total{model_name=\"stub\"}",
                "vllm:prefix_cache_queries_total{model_name=\"stub\"}",
                "vllm:prefix_cache_hits_total{model_name=\"stub\"}",
                "vllm:num_preemptions_total{model_name=\"stub\"}")) {
            assertTrue(metrics.contains(line), () -> line + " is missing in\n" + metrics);
        }
        assertTrue(
                metrics.lines()
                        .anyMatch(line -> line.startsWith("vllm:request_success_total{")
                                && line.contains("finished_reason=\"length\"")),
                metrics);
    }

    @Test
    void shouldLabelWhatEveryModelDoesAndDropTheGaugesOfOneThatIsGone() {
        Metrics metrics = new Metrics();
        metrics.onBegin("first", "a");
        metrics.onBegin("second", "b");
        metrics.onBegin("third", "b");
        metrics.onStep("first", step(1, 10));
        metrics.onStep("second", step(2, 20));
        metrics.onStep("third", step(3, 30));
        metrics.onStep("third", step(4, 35));
        metrics.of("b").failed("internal");
        metrics.refused("model_not_found");

        assertEquals(1, value(metrics, "vllm:num_requests_running{model_name=\"a\"}"));
        assertEquals(2 + 4, value(metrics, "vllm:num_requests_running{model_name=\"b\"}"));
        assertEquals(10, value(metrics, "vllm:generation_tokens_total{model_name=\"a\"}"));
        assertEquals(20 + 35, value(metrics, "vllm:generation_tokens_total{model_name=\"b\"}"));
        assertEquals(3, value(metrics, "vllm:iteration_tokens_total_count{model_name=\"b\"}"));

        metrics.onEnd("second");
        assertEquals(4, value(metrics, "vllm:num_requests_running{model_name=\"b\"}"));
        metrics.onEnd("third");
        assertFalse(metrics.scrape().contains("vllm:num_requests_running{model_name=\"b\"}"));
        assertFalse(metrics.scrape().contains("vllm:kv_cache_usage_perc{model_name=\"b\"}"));
        assertEquals(1, value(metrics, "vllm:num_requests_running{model_name=\"a\"}"));
        // What was counted has happened: a rate must not see a restart.
        assertEquals(20 + 35, value(metrics, "vllm:generation_tokens_total{model_name=\"b\"}"));

        metrics.onBegin("fourth", "b");
        metrics.onStep("fourth", step(5, 7));
        assertEquals(5, value(metrics, "vllm:num_requests_running{model_name=\"b\"}"));
        assertEquals(20 + 35 + 7, value(metrics, "vllm:generation_tokens_total{model_name=\"b\"}"));
    }

    @Test
    void shouldAddWhatWaitsInTheGatewayToWhatWaitsAtItsWorkers() {
        Metrics metrics = new Metrics();
        metrics.of("a").waiting(3);
        assertEquals(3, value(metrics, "vllm:num_requests_waiting{model_name=\"a\"}"));
        metrics.onBegin("first", "a");
        metrics.onStep(
                "first",
                new StepReport(
                        List.of(), new EngineStats(1, 2, 0, 1, 0, 2, 1, 0, 0, 0, 0, 1, null), 0, 1, KvChanges.NONE, 1));
        assertEquals(5, value(metrics, "vllm:num_requests_waiting{model_name=\"a\"}"));
        assertEquals(3, value(metrics, "troupe_gateway_requests_waiting{model_name=\"a\"}"));
        metrics.of("a").waiting(-3);
        assertEquals(2, value(metrics, "vllm:num_requests_waiting{model_name=\"a\"}"));
        metrics.onEnd("first");
        assertFalse(metrics.scrape().contains("requests_waiting{"));
        // A model that is deployed has a number though nothing waits.
        metrics.deployments(() -> List.of(new ClusterView.Deployment("a", "ab", 1, 0, 0, null)));
        assertEquals(0, value(metrics, "vllm:num_requests_waiting{model_name=\"a\"}"));
    }

    @Test
    void shouldTellHowManyReplicasOfEachDeploymentAreReady() {
        Metrics metrics = new Metrics();
        List<ClusterView.Deployment> deployments = new ArrayList<>(List.of(
                new ClusterView.Deployment("a", "ab", 3, 2, 0, null),
                new ClusterView.Deployment("b", "cd", 1, 0, 0, "no memory")));
        metrics.deployments(() -> deployments);
        assertEquals(3, value(metrics, "troupe_replicas_wanted{model_name=\"a\"}"));
        assertEquals(2, value(metrics, "troupe_replicas_ready{model_name=\"a\"}"));
        assertEquals(0, value(metrics, "troupe_replicas_ready{model_name=\"b\"}"));
        deployments.removeLast();
        assertFalse(metrics.scrape().contains("model_name=\"b\""));
    }

    @Test
    void shouldTellWhatTheGatewayRemembersForItsRouting() {
        Metrics metrics = new Metrics();
        assertFalse(metrics.scrape().contains("routing_index"));
        metrics.routing(() -> new RoutingView("prefix", 3, 4, 100, 4_096, 1));
        assertEquals(3, value(metrics, "troupe_routing_index_blocks"));
        assertEquals(4, value(metrics, "troupe_routing_index_entries"));
        assertEquals(100, value(metrics, "troupe_routing_index_max_entries"));
        assertEquals(4_096, value(metrics, "troupe_routing_index_bytes"));
        assertEquals(1, value(metrics, "troupe_routing_index_refused"));
    }

    @Test
    void shouldTellWhatTheGatewayDoesForRequestsThatOutliveTheirConnections() {
        Metrics metrics = new Metrics();
        AtomicReference<ResumingView> view = new AtomicReference<>(new ResumingView(5, 2, 3_000, 7, false));
        metrics.resuming(view::get);
        assertEquals(5, value(metrics, "troupe_resumable_requests"));
        assertEquals(2, value(metrics, "troupe_resumable_replicas"));
        assertEquals(3_000, value(metrics, "troupe_resumable_replica_bytes"));
        assertEquals(7, value(metrics, "troupe_resumable_taken_over_total"));
        assertEquals(0, value(metrics, "troupe_gateway_cut_off"));
        view.set(new ResumingView(0, 0, 0, 9, true));
        assertEquals(9, value(metrics, "troupe_resumable_taken_over_total"));
        assertEquals(1, value(metrics, "troupe_gateway_cut_off"));
    }

    @Test
    void shouldReadTheSameHoweverOftenItIsAsked() {
        Metrics metrics = new Metrics();
        metrics.of("a").timeToFirstToken(2_000_000);
        metrics.of("a").failed("internal");
        String once = metrics.scrape();

        assertEquals(once, metrics.scrape());
        assertEquals(1, value(metrics, "vllm:time_to_first_token_seconds_count{model_name=\"a\"}"));
        assertEquals(1, value(metrics, "vllm:time_to_first_token_seconds_bucket{le=\"0.005\",model_name=\"a\"}"));
        assertEquals(0, value(metrics, "vllm:time_to_first_token_seconds_bucket{le=\"0.001\",model_name=\"a\"}"));
    }

    @Test
    void shouldCountARequestUnderTheModelThatItNamesAndNeverUnderAClientsWords() throws Exception {
        server.send(server.post("/v1/completions", "{\"prompt\":\"w1\",\"model\":\"no-such-model\"}"));
        server.send(server.post("/v1/completions", "{\"prompt\":[1,2,3],\"max_tokens\":510}"));
        server.send(server.post("/v1/completions", "{\"prompt\":[1,2,3],\"max_tokens\":0}"));
        String metrics = server.get("/metrics").body();

        assertFalse(metrics.contains("no-such-model"), metrics);
        List<String> failures = metrics.lines()
                .filter(line -> line.startsWith("troupe_request_failures_total{"))
                .toList();
        assertTrue(
                failures.stream().anyMatch(line -> line.contains("model_not_found") && !line.contains("stub")),
                metrics);
        for (String reason : List.of("context_length_exceeded", "invalid")) {
            assertTrue(
                    failures.stream()
                            .anyMatch(
                                    line -> line.contains('"' + reason + '"') && line.contains("model_name=\"stub\"")),
                    metrics);
        }
    }

    /** As of a step, after which {@code running} are in the batch and {@code generated} tokens are made in all. */
    private static StepReport step(int running, long generated) {
        return new StepReport(
                List.of(),
                new EngineStats(running, 0, 0, 1, 0, 2, generated, 0, 0, 0, 0, generated, null),
                0,
                1,
                KvChanges.NONE,
                1);
    }

    private static double value(Metrics metrics, String series) {
        String scrape = metrics.scrape();
        return scrape.lines()
                .filter(line -> line.startsWith(series + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(series.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError(series + " is missing in\n" + scrape));
    }
}
