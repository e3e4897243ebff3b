package troupe.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import kamon.metric.Counter;
import kamon.metric.Gauge;
import kamon.metric.Histogram;
import kamon.metric.MeasurementUnit;
import kamon.metric.MetricRegistry;
import kamon.prometheus.PrometheusReporter;
import kamon.tag.TagSet;
import kamon.util.Clock;
import scala.Option;
import troupe.actors.StepObserver;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;

/**
 * The node's metrics under vLLM's names, so that its dashboards work; kept by Kamon in a registry of our own (no global
 * state, no background reporting) and exported in Prometheus' text format when asked for.
 *
 * <p>Kamon's exporter allows no colon in a name: the instruments are called {@code vllm.x}, come out as {@code vllm_x},
 * and {@link #scrape} makes that {@code vllm:x}. It adds the suffixes {@code _seconds} and {@code _total} itself.
 */
public final class Metrics implements StepObserver {
    private static final List<Double> TIME_TO_FIRST_TOKEN = List.of(
            .001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1d, 2.5, 5d, 7.5, 10d, 20d, 40d, 80d, 160d, 640d,
            2560d);
    private static final List<Double> INTER_TOKEN_LATENCY =
            List.of(.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1d, 2.5, 5d, 7.5, 10d, 20d, 40d, 80d);
    private static final List<Double> REQUEST_LATENCY = List.of(
            .3, .5, .8, 1d, 1.5, 2d, 2.5, 5d, 10d, 15d, 20d, 30d, 40d, 50d, 60d, 120d, 240d, 480d, 960d, 1920d, 7680d);
    private static final List<Double> ITERATION_TOKENS =
            List.of(1d, 8d, 16d, 32d, 64d, 128d, 256d, 512d, 1024d, 2048d, 4096d, 8192d, 16384d);
    private static final Pattern VLLM_NAME = Pattern.compile("(?m)^(# (?:TYPE|HELP) )?vllm_");

    private static final String FINISHED = "vllm.request_success";
    private static final String REASON = "finished_reason";

    private final String model;
    private final Map<String, List<Double>> buckets = new HashMap<>();
    private final MetricRegistry registry;
    private final PrometheusReporter reporter;

    private final Histogram timeToFirstToken;
    private final Histogram interTokenLatency;
    private final Histogram endToEnd;
    private final Histogram queueTime;
    private final Histogram prefillTime;
    private final Histogram decodeTime;
    private final Histogram iterationTokens;
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter prefixQueries;
    private final Counter prefixHits;
    private final Counter preemptions;
    private final Gauge running;
    private final Gauge waiting;
    private final Gauge kvUsage;
    private final Map<String, EngineStats> lastStats = new HashMap<>();

    /** @param model the value of the label {@code model_name} */
    public Metrics(String model) {
        this.model = model;
        Config kamon = ConfigFactory.defaultReference().resolve();
        registry = new MetricRegistry(kamon, new Clock.Anchored());
        timeToFirstToken = seconds("vllm.time_to_first_token", TIME_TO_FIRST_TOKEN);
        interTokenLatency = seconds("vllm.inter_token_latency", INTER_TOKEN_LATENCY);
        endToEnd = seconds("vllm.e2e_request_latency", REQUEST_LATENCY);
        queueTime = seconds("vllm.request_queue_time", REQUEST_LATENCY);
        prefillTime = seconds("vllm.request_prefill_time", REQUEST_LATENCY);
        decodeTime = seconds("vllm.request_decode_time", REQUEST_LATENCY);
        iterationTokens = histogram("vllm.iteration_tokens_total", ITERATION_TOKENS, MeasurementUnit.none());
        promptTokens = counter("vllm.prompt_tokens");
        generationTokens = counter("vllm.generation_tokens");
        prefixQueries = counter("vllm.prefix_cache_queries");
        prefixHits = counter("vllm.prefix_cache_hits");
        preemptions = counter("vllm.num_preemptions");
        running = gauge("vllm.num_requests_running");
        waiting = gauge("vllm.num_requests_waiting");
        kvUsage = gauge("vllm.kv_cache_usage_perc");
        for (String reason : List.of("stop", "length", "abort")) {
            counter(FINISHED, REASON, reason);
        }
        reporter = new PrometheusReporter(
                PrometheusReporter.DefaultConfigPath(), exporterSettings().withFallback(kamon));
    }

    void timeToFirstToken(long nanos) {
        timeToFirstToken.record(Math.max(0, nanos));
    }

    /** {@code times} tokens came {@code nanos} apart. */
    void interTokenLatency(long nanos, int times) {
        interTokenLatency.record(Math.max(0, nanos), times);
    }

    void requestFinished(long totalNanos, long queueNanos, long prefillNanos, long decodeNanos) {
        endToEnd.record(Math.max(0, totalNanos));
        queueTime.record(Math.max(0, queueNanos));
        prefillTime.record(Math.max(0, prefillNanos));
        decodeTime.record(Math.max(0, decodeNanos));
    }

    void choiceFinished(String reason) {
        counter(FINISHED, REASON, reason).increment();
    }

    /** The client has gone before the end. */
    void aborted() {
        choiceFinished("abort");
    }

    /** A request that was refused, or ended without a complete answer. */
    void requestFailed(String reason) {
        counter("troupe.request_failures", "reason", reason).increment();
    }

    @Override
    public synchronized void onStep(String worker, StepReport report) {
        EngineStats now = report.stats();
        EngineStats last = lastStats.put(worker, now);
        if (last == null || now.steps() < last.steps()) {
            last = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        add(promptTokens, now.promptTokens() - last.promptTokens());
        add(generationTokens, now.generatedTokens() - last.generatedTokens());
        add(prefixQueries, now.prefixQueries() - last.prefixQueries());
        add(prefixHits, now.prefixHits() - last.prefixHits());
        add(preemptions, now.preemptions() - last.preemptions());
        if (report.durationNanos() > 0) {
            iterationTokens.record((long) report.prefillTokens() + report.decodeTokens());
        }
        int runningNow = 0;
        int waitingNow = 0;
        long used = 0;
        long total = 0;
        for (EngineStats stats : lastStats.values()) {
            runningNow += stats.running();
            waitingNow += stats.waiting();
            used += stats.usedBlocks();
            total += stats.totalBlocks();
        }
        running.update(runningNow);
        waiting.update(waitingNow);
        kvUsage.update(total == 0 ? 0 : (double) used / total);
    }

    /** All metrics in Prometheus' text format, as of now. */
    synchronized String scrape() {
        reporter.reportPeriodSnapshot(registry.snapshot(true));
        return VLLM_NAME.matcher(reporter.scrapeData()).replaceAll(match -> {
            String comment = match.group(1);
            return (comment == null ? "" : comment) + "vllm:";
        });
    }

    private Config exporterSettings() {
        return ConfigFactory.empty()
                .withValue("kamon.prometheus.start-embedded-http-server", ConfigValueFactory.fromAnyRef(false))
                .withValue("kamon.prometheus.buckets.custom", ConfigValueFactory.fromMap(buckets));
    }

    private Histogram seconds(String name, List<Double> upperBounds) {
        return histogram(name, upperBounds, MeasurementUnit.time().nanoseconds());
    }

    private Histogram histogram(String name, List<Double> upperBounds, MeasurementUnit unit) {
        buckets.put(name, upperBounds);
        return registry.histogram(name, Option.empty(), Option.apply(unit), Option.empty(), Option.empty())
                .withTag("model_name", model);
    }

    private Counter counter(String name) {
        return registry.counter(name, Option.empty(), Option.empty(), Option.empty())
                .withTag("model_name", model);
    }

    private Counter counter(String name, String label, String value) {
        return registry.counter(name, Option.empty(), Option.empty(), Option.empty())
                .withTags(TagSet.from(Map.of("model_name", model, label, value)));
    }

    private Gauge gauge(String name) {
        return registry.gauge(name, Option.empty(), Option.empty(), Option.empty())
                .withTag("model_name", model);
    }

    private static void add(Counter counter, long increase) {
        if (increase > 0) {
            counter.increment(increase);
        }
    }
}
