package troupe.http;

import java.util.HashMap;
import java.util.Map;
import kamon.metric.Counter;
import kamon.metric.Gauge;
import kamon.metric.Histogram;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;

/** What the engines of one model on this node do, summed. Not thread-safe. */
final class EngineMetrics {
    private static final EngineStats NONE = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);

    private final Histogram iterationTokens;
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter prefixQueries;
    private final Counter prefixHits;
    private final Counter preemptions;
    private final Gauge running;
    private final Gauge kvUsage;
    private final Map<String, EngineStats> last = new HashMap<>();

    EngineMetrics(Instruments counts, Instruments gauges, String model) {
        iterationTokens = counts.numbers(Instruments.ITERATION_TOKENS, model);
        promptTokens = counts.counter("vllm.prompt_tokens", model);
        generationTokens = counts.counter("vllm.generation_tokens", model);
        prefixQueries = counts.counter("vllm.prefix_cache_queries", model);
        prefixHits = counts.counter("vllm.prefix_cache_hits", model);
        preemptions = counts.counter("vllm.num_preemptions", model);
        running = gauges.gauge("vllm.num_requests_running", model);
        kvUsage = gauges.gauge("vllm.kv_cache_usage_perc", model);
    }

    void begin(String worker) {
        last.putIfAbsent(worker, NONE);
    }

    void step(String worker, StepReport report) {
        EngineStats now = report.stats();
        EngineStats before = last.put(worker, now);
        if (before == null || now.steps() < before.steps()) {
            // Its counters count from the start of an engine, and this is another one.
            before = NONE;
        }
        add(promptTokens, now.promptTokens() - before.promptTokens());
        add(generationTokens, now.generatedTokens() - before.generatedTokens());
        add(prefixQueries, now.prefixQueries() - before.prefixQueries());
        add(prefixHits, now.prefixHits() - before.prefixHits());
        add(preemptions, now.preemptions() - before.preemptions());
        if (report.durationNanos() > 0) {
            iterationTokens.record((long) report.prefillTokens() + report.decodeTokens());
        }
        updateGauges();
    }

    /** The worker is gone; whether it was the last one, and the gauges with it. */
    boolean end(String worker) {
        last.remove(worker);
        if (last.isEmpty()) {
            running.remove();
            kvUsage.remove();
            return true;
        }
        updateGauges();
        return false;
    }

    /** Requests that wait for a batch. */
    int waiting() {
        int sum = 0;
        for (EngineStats stats : last.values()) {
            sum += stats.waiting();
        }
        return sum;
    }

    private void updateGauges() {
        int runningNow = 0;
        long used = 0;
        long total = 0;
        for (EngineStats stats : last.values()) {
            runningNow += stats.running();
            used += stats.usedBlocks();
            total += stats.totalBlocks();
        }
        running.update(runningNow);
        kvUsage.update(total == 0 ? 0 : (double) used / total);
    }

    private static void add(Counter counter, long increase) {
        if (increase > 0) {
            counter.increment(increase);
        }
    }
}
