package troupe.http;

import kamon.metric.Gauge;
import troupe.actors.admin.RoutingView;

/** What a gateway remembers of the workers' prefix caches. Not thread-safe. */
final class RoutingMetrics {
    private final Gauge blocks;
    private final Gauge entries;
    private final Gauge maxEntries;
    private final Gauge bytes;
    private final Gauge refused;

    RoutingMetrics(Instruments instruments) {
        blocks = instruments.gauge("troupe.routing_index_blocks");
        entries = instruments.gauge("troupe.routing_index_entries");
        maxEntries = instruments.gauge("troupe.routing_index_max_entries");
        bytes = instruments.gauge("troupe.routing_index_bytes");
        refused = instruments.gauge("troupe.routing_index_refused");
    }

    /** Makes the gauges what this says. */
    void update(RoutingView view) {
        blocks.update((double) view.blocks());
        entries.update((double) view.entries());
        maxEntries.update((double) view.maxEntries());
        bytes.update((double) view.bytes());
        refused.update((double) view.refused());
    }
}
