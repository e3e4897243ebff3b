package troupe.actors.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.EngineSpeed;

/**
 * The cluster at one moment, as this node knows it.
 *
 * @param node name of the node that tells
 * @param nodes all members, sorted by name
 * @param deployments what operators asked for and how far it is, sorted by model
 */
public record ClusterView(String node, List<Node> nodes, List<Deployment> deployments) {
    public ClusterView {
        nodes = List.copyOf(nodes);
        deployments = List.copyOf(deployments);
    }

    /**
     * A member.
     *
     * @param address host:port of the cluster protocol
     * @param roles gateway, worker or both
     * @param release of Troupe, and protocol: of its messages
     */
    public record Node(
            String name,
            String address,
            List<String> roles,
            NodeStatus status,
            String release,
            int protocol,
            List<Device> devices,
            List<Replica> replicas) {
        public Node {
            roles = List.copyOf(roles);
            devices = List.copyOf(devices);
            replicas = List.copyOf(replicas);
        }
    }

    /** Where a member stands. */
    public enum NodeStatus {
        JOINING,
        UP,
        DRAINING,
        UNREACHABLE
    }

    /**
     * What can hold a replica.
     *
     * @param kind cpu, or the name of an accelerator
     * @param cores that compute; 0 for an accelerator
     * @param memoryBytes that replicas may use, and reservedBytes: of it, by replicas placed there
     */
    public record Device(String kind, int cores, long memoryBytes, long reservedBytes) {}

    /**
     * One copy of a model on a node.
     *
     * @param name unique in the cluster
     * @param running sequences in its batch, and waiting: for it
     * @param kvBlocksUsed of kvBlocksTotal
     * @param tokensPerSecond generated, over the last seconds
     * @param cacheHitRate share of prompt tokens found in its prefix cache, 0 to 1
     * @param speed that it has measured of its own steps, by which gateways estimate; null until then
     * @param message why it is not ready, or null
     */
    public record Replica(
            String name,
            String model,
            ReplicaStatus status,
            int running,
            int waiting,
            int kvBlocksUsed,
            int kvBlocksTotal,
            double tokensPerSecond,
            double cacheHitRate,
            @Nullable EngineSpeed speed,
            @Nullable String message) {}

    /** Where a replica stands. */
    public enum ReplicaStatus {
        ASSIGNED,
        LOADING,
        READY,
        DRAINING,
        FAILED
    }

    /**
     * What an operator asked for.
     *
     * @param model the name that requests use
     * @param checksum of the model's file, SHA-256 in hexadecimal
     * @param replicas wanted, and ready: of them
     * @param kvMemoryBytes of each replica
     * @param message why it is not complete, or null
     */
    public record Deployment(
            String model,
            String checksum,
            int replicas,
            int ready,
            long kvMemoryBytes,
            @Nullable String message) {}
}
