package troupe.http;

import java.util.Map;
import kamon.metric.Counter;
import kamon.metric.Gauge;
import troupe.actors.admin.ResumingView;

/** Requests that outlive their connections, and replicas of them. Not thread-safe. */
final class ResumingMetrics {
    private final Gauge requests;
    private final Gauge replicas;
    private final Gauge replicaBytes;
    private final Gauge cutOff;
    private final Counter takenOver;
    private long counted;

    ResumingMetrics(Instruments counts, Instruments gauges) {
        requests = gauges.gauge("troupe.resumable_requests");
        replicas = gauges.gauge("troupe.resumable_replicas");
        replicaBytes = gauges.gauge("troupe.resumable_replica_bytes");
        cutOff = gauges.gauge("troupe.gateway_cut_off");
        takenOver = counts.counter("troupe.resumable_taken_over", Map.of());
    }

    /** Makes the instruments what this says. */
    void update(ResumingView view) {
        requests.update(view.owned());
        replicas.update(view.replicas());
        replicaBytes.update((double) view.replicaBytes());
        cutOff.update(view.cutOff() ? 1 : 0);
        takenOver.increment(view.takenOver() - counted);
        counted = view.takenOver();
    }
}
