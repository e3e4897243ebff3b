package troupe.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The latest report of every node, and when it came. No actors, no clock. */
final class NodeReports {
    private record Seen(NodeReport report, long nanos) {}

    private final long keptNanos;
    private final Map<String, Seen> nodes = new HashMap<>();

    /** @param keptNanos how long a report counts */
    NodeReports(long keptNanos) {
        this.keptNanos = keptNanos;
    }

    /** Gives the report before. */
    Optional<NodeReport> put(NodeReport report, long nowNanos) {
        return Optional.ofNullable(nodes.put(report.node(), new Seen(report, nowNanos)))
                .map(Seen::report);
    }

    Optional<NodeReport> find(String node) {
        return Optional.ofNullable(nodes.get(node)).map(Seen::report);
    }

    /** Whether the node has reported lately. */
    boolean isFresh(String node, long nowNanos) {
        Seen seen = nodes.get(node);
        return seen != null && nowNanos - seen.nanos() < keptNanos;
    }

    /** By node. */
    Map<String, NodeReport> all() {
        Map<String, NodeReport> all = new HashMap<>();
        nodes.forEach((name, seen) -> all.put(name, seen.report()));
        return all;
    }

    /** Forgets nodes that are no members and have not reported lately; gives their last reports. */
    List<NodeReport> forget(Set<String> members, long nowNanos) {
        List<NodeReport> gone = new ArrayList<>();
        nodes.values().removeIf(seen -> {
            boolean isGone = !members.contains(seen.report().node()) && nowNanos - seen.nanos() > keptNanos;
            if (isGone) {
                gone.add(seen.report());
            }
            return isGone;
        });
        return gone;
    }
}
