package troupe.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ClusterView.NodeStatus;
import troupe.actors.admin.ClusterView.ReplicaStatus;
import troupe.engine.EngineStats;

/** Makes what operators see of what a gateway knows. No actors, no clock: times are passed in. */
final class ViewBuilder {
    private static final double SECONDS_OF_RATE = 1.0;

    /** Where a replica's token counter stood, and the rate up to there. */
    private record Counted(long nanos, long tokens, double perSecond) {}

    private final String self;
    private final Map<String, Counted> counted = new HashMap<>();

    /** @param self name of the node that tells */
    ViewBuilder(String self) {
        this.self = self;
    }

    ClusterView build(
            Map<String, Members.Known> members,
            Map<String, NodeReport> reports,
            List<Deployment> deployments,
            Map<String, String> messages,
            long nowNanos) {
        List<ClusterView.Node> nodes = new ArrayList<>();
        Map<String, Integer> ready = new HashMap<>();
        int workers = 0;
        for (Members.Known member : members.values()) {
            NodeReport report = reports.get(member.name());
            nodes.add(node(member, report, nowNanos));
            if (report == null) {
                continue;
            }
            workers += member.isWorker() && member.reachable() && !report.draining() ? 1 : 0;
            for (NodeReport.Replica replica : report.replicas()) {
                if (replica.status() == ReplicaStatus.READY && member.reachable()) {
                    ready.merge(replica.model().name(), 1, Integer::sum);
                }
            }
        }
        List<ClusterView.Deployment> shown = new ArrayList<>();
        for (Deployment deployment : deployments) {
            String name = deployment.model().name();
            shown.add(new ClusterView.Deployment(
                    name,
                    deployment.model().sha256(),
                    deployment.everywhere() ? workers : deployment.replicas(),
                    ready.getOrDefault(name, 0),
                    deployment.kvMemoryBytes(),
                    messages.get(name)));
        }
        return new ClusterView(self, nodes, shown);
    }

    private ClusterView.Node node(Members.Known member, @Nullable NodeReport report, long nowNanos) {
        NodeStatus status = !member.reachable()
                ? NodeStatus.UNREACHABLE
                : member.leaving() || (report != null && report.draining())
                        ? NodeStatus.DRAINING
                        : member.up() ? NodeStatus.UP : NodeStatus.JOINING;
        List<String> roles = member.roles().stream()
                .filter(role -> role.equals(NodeConfig.GATEWAY) || role.equals(NodeConfig.WORKER))
                .sorted()
                .toList();
        if (report == null) {
            return new ClusterView.Node(
                    member.name(), member.name(), roles, status, "unknown", 0, List.of(), List.of());
        }
        List<ClusterView.Replica> replicas = new ArrayList<>();
        long reserved = 0;
        for (NodeReport.Replica replica : report.replicas()) {
            replicas.add(replica(replica, nowNanos));
            reserved += replica.reservedBytes();
        }
        List<ClusterView.Device> devices = new ArrayList<>();
        for (NodeDevice device : report.devices()) {
            devices.add(new ClusterView.Device(device.kind(), device.cores(), device.memoryBytes(), reserved));
        }
        return new ClusterView.Node(
                member.name(),
                member.name(),
                roles,
                status,
                report.protocol().release(),
                report.protocol().version(),
                devices,
                replicas);
    }

    private ClusterView.Replica replica(NodeReport.Replica replica, long nowNanos) {
        EngineStats stats = replica.stats();
        if (stats == null) {
            return new ClusterView.Replica(
                    replica.name(),
                    replica.model().name(),
                    replica.status(),
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    null,
                    replica.message());
        }
        return new ClusterView.Replica(
                replica.name(),
                replica.model().name(),
                replica.status(),
                stats.running(),
                stats.waiting(),
                stats.usedBlocks(),
                stats.totalBlocks(),
                rate(replica.name(), stats.generatedTokens(), nowNanos),
                stats.prefixQueries() == 0 ? 0 : (double) stats.prefixHits() / stats.prefixQueries(),
                stats.speed(),
                replica.message());
    }

    /** Tokens per second since the counter was looked at a second or more ago. */
    private double rate(String replica, long tokens, long nowNanos) {
        Counted last = counted.get(replica);
        if (last == null || tokens < last.tokens()) {
            counted.put(replica, new Counted(nowNanos, tokens, 0));
            return 0;
        }
        double seconds = (nowNanos - last.nanos()) / 1e9;
        if (seconds < SECONDS_OF_RATE) {
            return last.perSecond();
        }
        double perSecond = (tokens - last.tokens()) / seconds;
        counted.put(replica, new Counted(nowNanos, tokens, perSecond));
        return perSecond;
    }

    /** Forgets the replicas of a node that is gone. */
    void forget(NodeReport report) {
        report.replicas().forEach(replica -> counted.remove(replica.name()));
    }
}
