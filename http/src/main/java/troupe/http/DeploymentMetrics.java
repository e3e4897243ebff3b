package troupe.http;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kamon.metric.Gauge;
import troupe.actors.admin.ClusterView;

/** How many replicas of every deployed model are wanted and ready, as a gateway knows. Not thread-safe. */
final class DeploymentMetrics {
    private record Gauges(Gauge wanted, Gauge ready) {}

    private final Instruments instruments;
    private final Map<String, Gauges> models = new HashMap<>();

    DeploymentMetrics(Instruments instruments) {
        this.instruments = instruments;
    }

    /** Makes the gauges what these say. */
    void update(List<ClusterView.Deployment> deployments) {
        Map<String, Gauges> gone = new HashMap<>(models);
        for (ClusterView.Deployment deployment : deployments) {
            gone.remove(deployment.model());
            Gauges gauges = models.computeIfAbsent(
                    deployment.model(),
                    model -> new Gauges(
                            instruments.gauge("troupe.replicas_wanted", model),
                            instruments.gauge("troupe.replicas_ready", model)));
            gauges.wanted().update(deployment.replicas());
            gauges.ready().update(deployment.ready());
        }
        gone.forEach((model, gauges) -> {
            models.remove(model);
            gauges.wanted().remove();
            gauges.ready().remove();
        });
    }
}
