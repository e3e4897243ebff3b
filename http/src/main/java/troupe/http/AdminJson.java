package troupe.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerSelector;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.RoutingView;
import troupe.engine.EngineSpeed;

/** The shapes of the admin API's answers: names in snake case, times of a request in milliseconds since its receipt. */
final class AdminJson {
    private static final double NANOS_PER_MILLI = 1e6;

    private AdminJson() {}

    static ObjectNode cluster(ClusterView view, RoutingView routing) {
        ObjectNode json = Json.object().put("node", view.node());
        ArrayNode nodes = json.putArray("nodes");
        view.nodes().forEach(node -> nodes.add(node(node)));
        ArrayNode deployments = json.putArray("deployments");
        for (ClusterView.Deployment deployment : view.deployments()) {
            deployments
                    .addObject()
                    .put("model", deployment.model())
                    .put("checksum", deployment.checksum())
                    .put("replicas", deployment.replicas())
                    .put("ready", deployment.ready())
                    .put("kv_memory_bytes", deployment.kvMemoryBytes())
                    .put("message", deployment.message());
        }
        json.putObject("routing")
                .put("policy", routing.policy())
                .put("index_blocks", routing.blocks())
                .put("index_entries", routing.entries())
                .put("index_max_entries", routing.maxEntries())
                .put("index_bytes", routing.bytes())
                .put("index_refused", routing.refused());
        return json;
    }

    private static ObjectNode node(ClusterView.Node node) {
        ObjectNode json = Json.object().put("name", node.name()).put("address", node.address());
        ArrayNode roles = json.putArray("roles");
        node.roles().forEach(roles::add);
        json.put("status", word(node.status())).put("release", node.release()).put("protocol", node.protocol());
        ArrayNode devices = json.putArray("devices");
        for (ClusterView.Device device : node.devices()) {
            devices.addObject()
                    .put("kind", device.kind())
                    .put("cores", device.cores())
                    .put("memory_bytes", device.memoryBytes())
                    .put("reserved_bytes", device.reservedBytes());
        }
        ArrayNode replicas = json.putArray("replicas");
        for (ClusterView.Replica replica : node.replicas()) {
            ObjectNode shown = replicas.addObject()
                    .put("name", replica.name())
                    .put("model", replica.model())
                    .put("status", word(replica.status()))
                    .put("running", replica.running())
                    .put("waiting", replica.waiting())
                    .put("kv_blocks_used", replica.kvBlocksUsed())
                    .put("kv_blocks_total", replica.kvBlocksTotal())
                    .put("tokens_per_second", replica.tokensPerSecond())
                    .put("cache_hit_rate", replica.cacheHitRate())
                    .put("message", replica.message());
            putSpeed(shown, replica.speed());
        }
        return json;
    }

    /** Null where it is not measured yet. */
    private static void putSpeed(ObjectNode replica, @Nullable EngineSpeed speed) {
        if (speed == null) {
            replica.putNull("speed");
        } else {
            replica.putObject("speed")
                    .put("step_ms", 1e3 * speed.stepSeconds())
                    .put("prefill_token_ms", 1e3 * speed.prefillTokenSeconds())
                    .put("decode_token_ms", 1e3 * speed.decodeTokenSeconds());
        }
    }

    static ObjectNode events(List<ClusterEvent> events) {
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("events");
        for (ClusterEvent event : events) {
            list.addObject()
                    .put("number", event.number())
                    .put("at", event.at())
                    .put("kind", event.kind())
                    .put("subject", event.subject())
                    .put("text", event.text());
        }
        return json;
    }

    /** @param view of the same moment, for what only the replicas know */
    static ObjectNode figures(Figures.Snapshot figures, ClusterView view) {
        long used = 0;
        long total = 0;
        int running = 0;
        int waiting = 0;
        for (ClusterView.Node node : view.nodes()) {
            for (ClusterView.Replica replica : node.replicas()) {
                used += replica.kvBlocksUsed();
                total += replica.kvBlocksTotal();
                running += replica.running();
                waiting += replica.waiting();
            }
        }
        ObjectNode json = Json.object()
                .put("output_tokens_per_second", figures.outputTokensPerSecond())
                .put("rate_seconds", Figures.RATE_SECONDS)
                .put("running", running)
                .put("waiting", waiting)
                .put("kv_blocks_used", used)
                .put("kv_blocks_total", total)
                .put("prompt_tokens", figures.promptTokens())
                .put("cached_tokens", figures.cachedTokens());
        json.set("time_to_first_token_ms", percentiles(figures.timeToFirstToken()));
        json.set("inter_token_latency_ms", percentiles(figures.interTokenLatency()));
        ArrayNode output = json.putArray("output_tokens_by_second");
        figures.outputTokens().forEach(output::add);
        json.put("slot_seconds", LatencyWindow.SLOT_SECONDS);
        ArrayNode first = json.putArray("time_to_first_token_ms_by_slot");
        figures.timeToFirstTokens().forEach(slot -> addOrNull(first, slot));
        ArrayNode between = json.putArray("inter_token_latency_ms_by_slot");
        figures.interTokenLatencies().forEach(slot -> addOrNull(between, slot));
        return json;
    }

    private static void addOrNull(ArrayNode array, LatencyWindow.@Nullable Percentiles percentiles) {
        if (percentiles == null) {
            array.addNull();
        } else {
            array.add(percentiles(percentiles));
        }
    }

    private static ObjectNode percentiles(LatencyWindow.Percentiles percentiles) {
        return Json.object()
                .put("count", percentiles.count())
                .put("p50", percentiles.p50())
                .put("p95", percentiles.p95())
                .put("p99", percentiles.p99());
    }

    static ObjectNode requests(List<Waterfall> waterfalls) {
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("requests");
        waterfalls.forEach(waterfall -> list.add(request(waterfall)));
        return json;
    }

    static ObjectNode waterfall(Waterfall waterfall) {
        ObjectNode json = request(waterfall);
        putMillis(json, "parsed_ms", waterfall.parsed());
        putMillis(json, "tokenized_ms", waterfall.tokenized());
        putMillis(json, "accepted_ms", waterfall.accepted());
        ArrayNode attempts = json.putArray("attempts");
        for (Waterfall.Attempt attempt : waterfall.attempts()) {
            ObjectNode shown = attempts.addObject()
                    .put("choice", attempt.choice())
                    .put("attempt", attempt.number())
                    .put("worker", attempt.worker())
                    .put("outcome", word(attempt.outcome()))
                    .put("cached_tokens", attempt.cachedTokens())
                    .put("output_tokens", attempt.tokens());
            putMillis(shown, "submitted_ms", attempt.submitted());
            putMillis(shown, "prefill_begin_ms", attempt.prefillBegin());
            putMillis(shown, "first_token_ms", attempt.firstToken());
            putMillis(shown, "last_token_ms", attempt.lastToken());
            putMillis(shown, "ended_ms", attempt.ended());
            WorkerSelector.Selection selection = attempt.selection();
            if (selection != null) {
                shown.putObject("route")
                        .put("policy", selection.policy())
                        .put("expected_cached_tokens", selection.cachedTokens())
                        .put("estimated_ms", selection.estimatedSeconds() * 1e3);
            }
        }
        return json.put("attempts_left_out", waterfall.attemptsLeftOut());
    }

    private static ObjectNode request(Waterfall waterfall) {
        ObjectNode json = Json.object()
                .put("id", waterfall.id())
                .put("client_request_id", waterfall.clientId())
                .put("trace_id", waterfall.traceId())
                .put("path", waterfall.path())
                .put("tenant", waterfall.tenant())
                .put("model", waterfall.model())
                .put("open", waterfall.isOpen())
                .put("status", waterfall.status())
                .put("finish_reason", waterfall.reason())
                .put("prompt_tokens", waterfall.promptTokens())
                .put("cached_tokens", waterfall.cachedTokens())
                .put("output_tokens", waterfall.outputTokens())
                .put("received_at", waterfall.receivedAt());
        putMillis(json, "first_token_ms", waterfall.firstToken());
        putMillis(json, "last_token_ms", waterfall.lastToken());
        putMillis(json, "ended_ms", waterfall.ended());
        return json;
    }

    /** Null where it has not happened. */
    private static void putMillis(ObjectNode json, String name, long nanos) {
        if (nanos == Waterfall.NEVER) {
            json.putNull(name);
        } else {
            json.put(name, Math.round(nanos / NANOS_PER_MILLI * 1_000) / 1_000d);
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
