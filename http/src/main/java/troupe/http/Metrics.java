package troupe.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import kamon.metric.MetricRegistry;
import kamon.metric.PeriodSnapshot;
import kamon.prometheus.PrometheusReporter;
import kamon.prometheus.PrometheusSettings;
import kamon.prometheus.ScrapeDataBuilder;
import kamon.tag.TagSet;
import kamon.util.Clock;
import troupe.actors.StepObserver;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ResumingView;
import troupe.actors.admin.RoutingView;
import troupe.conf.ApiKeys;
import troupe.engine.StepReport;

/**
 * The node's metrics under vLLM's names, each with the label {@code model_name}, so that its dashboards work; kept by Kamon
 * in registries of our own (no global state, no background reporting) and exported in Prometheus' text format when asked
 * for.
 *
 * <p>As is Prometheus' custom, counters and histograms of a model stay where they are when its last worker on this node
 * ends, since what they counted has happened; its gauges disappear, since there is nothing left to be measured.
 *
 * <p>Kamon's exporter allows no colon in a name: the instruments are called {@code vllm.x}, come out as {@code vllm_x},
 * and {@link #scrape} makes that {@code vllm:x}. It adds the suffixes {@code _seconds} and {@code _total} itself.
 */
public final class Metrics implements StepObserver {
    private static final Pattern VLLM_NAME = Pattern.compile("(?m)^(# (?:TYPE|HELP) )?vllm_");

    /** Of requests that name no model of ours; Prometheus takes it for no label. */
    private static final String NO_MODEL = "";

    /** Of keys beyond those that may name series, after many changes of the file of keys. */
    private static final String OTHER_TENANTS = "(others)";

    private final Instruments counts;
    private final Instruments gauges;
    private final PrometheusSettings.Generic format;
    private final Map<String, RequestMetrics> requests = new ConcurrentHashMap<>();
    private final Set<String> tenants = ConcurrentHashMap.newKeySet();
    private final Map<String, EngineMetrics> engines = new HashMap<>();
    private final DeploymentMetrics deployed;
    private final WaitingMetrics waiting;
    private Supplier<List<ClusterView.Deployment>> deployments = List::of;
    private Runnable routing = () -> {};
    private Runnable resuming = () -> {};
    /** The models of the workers. */
    private final Map<String, String> workers = new HashMap<>();

    public Metrics() {
        Config kamon = ConfigFactory.defaultReference().resolve();
        counts = new Instruments(new MetricRegistry(kamon, new Clock.Anchored()));
        gauges = new Instruments(new MetricRegistry(kamon, new Clock.Anchored()));
        deployed = new DeploymentMetrics(gauges);
        waiting = new WaitingMetrics(gauges);
        format = PrometheusSettings.readSettings(ConfigFactory.empty()
                .withValue("kamon.prometheus.buckets.custom", ConfigValueFactory.fromMap(Instruments.upperBounds()))
                .withFallback(kamon)
                .getConfig(PrometheusReporter.DefaultConfigPath()));
    }

    /** A gateway knows what is deployed: asked whenever the metrics are. */
    synchronized void deployments(Supplier<List<ClusterView.Deployment>> source) {
        deployments = source;
    }

    /** A gateway routes: asked whenever the metrics are. */
    synchronized void routing(Supplier<RoutingView> source) {
        RoutingMetrics routed = new RoutingMetrics(gauges);
        routing = () -> routed.update(source.get());
    }

    /** A gateway keeps requests for their clients to come back: asked whenever the metrics are. */
    synchronized void resuming(Supplier<ResumingView> source) {
        ResumingMetrics resumed = new ResumingMetrics(counts, gauges);
        resuming = () -> resumed.update(source.get());
    }

    /** What is counted of requests for a model that is deployed. */
    RequestMetrics of(String model) {
        return requests.computeIfAbsent(model, name -> new RequestMetrics(counts, name));
    }

    /** What is counted of requests that came with a key of this name. */
    TenantMetrics ofTenant(String name) {
        boolean isLabel = tenants.contains(name) || (tenants.size() < ApiKeys.MOST && tenants.add(name));
        return new TenantMetrics(counts, isLabel ? name : OTHER_TENANTS);
    }

    /** A request that came to no model. */
    void refused(String reason) {
        RequestMetrics.failed(counts, NO_MODEL, reason);
    }

    @Override
    public synchronized void onBegin(String worker, String model) {
        workers.put(worker, model);
        engines.computeIfAbsent(model, name -> new EngineMetrics(counts, gauges, name))
                .begin(worker);
    }

    @Override
    public synchronized void onStep(String worker, StepReport report) {
        EngineMetrics engine = engines.get(workers.get(worker));
        if (engine != null) {
            engine.step(worker, report);
        }
    }

    @Override
    public synchronized void onEnd(String worker) {
        String model = workers.remove(worker);
        EngineMetrics engine = engines.get(model);
        if (engine != null && engine.end(worker)) {
            engines.remove(model);
        }
    }

    private void updateWaiting(List<ClusterView.Deployment> known) {
        Set<String> shown = new HashSet<>(engines.keySet());
        known.forEach(deployment -> shown.add(deployment.model()));
        Map<String, Integer> atGateway = new HashMap<>();
        requests.forEach((model, counted) -> {
            if (counted.waiting() > 0) {
                atGateway.put(model, counted.waiting());
                shown.add(model);
            }
        });
        Map<String, Integer> atWorkers = new HashMap<>();
        engines.forEach((model, engine) -> atWorkers.put(model, engine.waiting()));
        waiting.update(shown, atGateway, atWorkers);
    }

    /** All metrics in Prometheus' text format, as of now. */
    synchronized String scrape() {
        List<ClusterView.Deployment> known = deployments.get();
        deployed.update(known);
        updateWaiting(known);
        routing.run();
        resuming.run();
        // Kamon shows what was removed once more, and drops it then.
        gauges.registry().snapshot(true);
        // Never reset, so what is read is the sum since the start.
        PeriodSnapshot sums = counts.registry().snapshot(false);
        String text = new ScrapeDataBuilder(format, TagSet.Empty())
                .appendCounters(sums.counters())
                .appendGauges(gauges.registry().snapshot(true).gauges())
                .appendHistograms(sums.histograms())
                .build();
        return VLLM_NAME.matcher(text).replaceAll(match -> {
            String comment = match.group(1);
            return (comment == null ? "" : comment) + "vllm:";
        });
    }
}
