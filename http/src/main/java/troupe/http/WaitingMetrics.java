package troupe.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import kamon.metric.Gauge;

/**
 * The requests for every model that wait: here in the gateway for a worker, or at this node's workers for their batches. As
 * monitors know one number for both, and one process may be both, they are added up. Not thread-safe.
 */
final class WaitingMetrics {
    private record Gauges(Gauge all, Gauge gateway) {}

    private final Instruments instruments;
    private final Map<String, Gauges> models = new HashMap<>();

    WaitingMetrics(Instruments instruments) {
        this.instruments = instruments;
    }

    /**
     * Makes the gauges what these say.
     *
     * @param shown models with a gauge each, even where nothing waits
     */
    void update(Set<String> shown, Map<String, Integer> atGateway, Map<String, Integer> atWorkers) {
        Map<String, Gauges> gone = new HashMap<>(models);
        for (String model : shown) {
            gone.remove(model);
            Gauges gauges = models.computeIfAbsent(
                    model,
                    name -> new Gauges(
                            instruments.gauge("vllm.num_requests_waiting", name),
                            instruments.gauge("troupe.gateway_requests_waiting", name)));
            int here = atGateway.getOrDefault(model, 0);
            gauges.all().update((double) here + atWorkers.getOrDefault(model, 0));
            gauges.gateway().update(here);
        }
        gone.forEach((model, gauges) -> {
            models.remove(model);
            gauges.all().remove();
            gauges.gateway().remove();
        });
    }
}
