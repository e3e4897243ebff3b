package troupe.cluster;

import akka.actor.typed.ActorRef;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.ModelId;
import troupe.actors.Protocol;
import troupe.actors.admin.ClusterView.ReplicaStatus;
import troupe.engine.EngineStats;

/**
 * A node at one moment, as its agent tells the gateways.
 *
 * @param node its name, {@code host:port} of the cluster protocol
 * @param life a number of its own for each start of the node
 * @param defaultKvBytes KV cache of a replica whose deployment leaves it to the node
 * @param draining it takes nothing new
 */
record NodeReport(
        String node,
        long life,
        List<String> roles,
        Protocol protocol,
        List<NodeDevice> devices,
        long defaultKvBytes,
        List<Replica> replicas,
        boolean draining,
        ActorRef<NodeAgent.Command> agent) {
    NodeReport {
        roles = List.copyOf(roles);
        devices = List.copyOf(devices);
        replicas = List.copyOf(replicas);
    }

    /**
     * A replica on the node.
     *
     * @param name of its worker
     * @param reservedBytes weights and KV cache
     * @param stats null until its engine runs
     * @param message why it is not ready, or null
     */
    record Replica(
            String name,
            ModelId model,
            ReplicaStatus status,
            long reservedBytes,
            @Nullable EngineStats stats,
            @Nullable String message) {}

    long memoryBytes() {
        return NodeDevice.memoryBytes(devices);
    }
}
