package troupe.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import troupe.actors.admin.ClusterView.ReplicaStatus;

/** Turns what changes between two looks at the cluster into events for operators. */
final class Happenings {
    private static final Logger LOG = LoggerFactory.getLogger(Happenings.class);

    private final EventLog events;
    private Map<String, Members.Known> members = new TreeMap<>();

    Happenings(EventLog events) {
        this.events = events;
    }

    void members(Map<String, Members.Known> now, Map<String, NodeReport> reports) {
        now.forEach((name, member) -> {
            Members.Known before = members.get(name);
            if (member.up() && (before == null || !(before.up() || before.leaving()))) {
                events.add("joined", name, "the node is up: " + String.join(", ", new TreeSet<>(member.roles())));
            }
            if (!member.reachable() && (before == null || before.reachable())) {
                events.add("unreachable", name, "the node cannot be reached");
            }
        });
        members.forEach((name, before) -> {
            if (!now.containsKey(name)) {
                NodeReport report = reports.get(name);
                boolean drained = before.leaving() || (report != null && report.draining());
                events.add(
                        drained ? "drained" : "left",
                        name,
                        drained ? "the node has handed over and left" : "the node is gone");
                if (report != null && !drained) {
                    report.replicas().forEach(replica -> events.add("lost", replica.name(), "its node is gone"));
                }
            }
        });
        members = now;
    }

    void report(@Nullable NodeReport before, NodeReport now) {
        NodeReport same = before != null && before.life() == now.life() ? before : null;
        if (now.draining() && (same == null || !same.draining())) {
            events.add("draining", now.node(), "the node takes nothing new");
        }
        Map<String, NodeReport.Replica> known = new HashMap<>();
        if (same != null) {
            same.replicas().forEach(replica -> known.put(replica.name(), replica));
        }
        for (NodeReport.Replica replica : now.replicas()) {
            NodeReport.Replica old = known.remove(replica.name());
            if (old == null && replica.status() != ReplicaStatus.FAILED) {
                events.add(
                        "placed",
                        replica.name(),
                        "a replica of " + replica.model().name() + " is placed on " + now.node());
            }
            if (old == null || old.status() != replica.status()) {
                switch (replica.status()) {
                    case READY -> events.add("ready", replica.name(), "the replica takes requests");
                    case FAILED -> {
                        events.add("refused", replica.name(), String.valueOf(replica.message()));
                        LOG.atWarn()
                                .addKeyValue("replica", replica.name())
                                .log("a replica is refused: {}", replica.message());
                    }
                    case LOADING -> {
                        if (old != null && old.status() == ReplicaStatus.READY) {
                            events.add("lost", replica.name(), "its engine died: " + replica.message());
                        }
                    }
                    case ASSIGNED, DRAINING -> {}
                }
            }
        }
    }
}
