package troupe.cli;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterAdmin;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;

/** What there is to see of a node with one replica that is a cluster of its own; nothing about it can be changed. */
final class SingleNodeAdmin implements ClusterAdmin {
    private static final String NODE = "node-0";
    private static final int PROTOCOL = 1;

    /**
     * What the node serves.
     *
     * @param checksum of the model's file, SHA-256 in hexadecimal
     * @param address host:port of the cluster protocol
     * @param threads that compute
     * @param reservedBytes of weights and KV cache, and kvBytes: of the KV cache
     */
    record Facts(String model, String checksum, String address, int threads, long reservedBytes, long kvBytes) {}

    private final Facts facts;
    private final EventLog events;
    private final WatchedReplica replica;

    /** @param replica the only one, which tells {@code events} of its engines */
    SingleNodeAdmin(Facts facts, WatchedReplica replica, EventLog events) {
        this.facts = facts;
        this.events = events;
        this.replica = replica;
        events.add("joined", NODE, NODE + " is up, a cluster of one");
    }

    @Override
    public ClusterView view() {
        ClusterView.Replica now = replica.view();
        long memory = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        ClusterView.Node node = new ClusterView.Node(
                NODE,
                facts.address(),
                List.of("gateway", "worker"),
                ClusterView.NodeStatus.UP,
                Main.RELEASE,
                PROTOCOL,
                List.of(new ClusterView.Device("cpu", facts.threads(), memory, facts.reservedBytes())),
                List.of(now));
        boolean isReady = now.status() == ClusterView.ReplicaStatus.READY;
        return new ClusterView(
                NODE,
                List.of(node),
                List.of(new ClusterView.Deployment(
                        facts.model(), facts.checksum(), 1, isReady ? 1 : 0, facts.kvBytes(), now.message())));
    }

    @Override
    public List<ClusterEvent> eventsAfter(long number) {
        return events.after(number);
    }

    @Override
    public CompletionStage<Void> deploy(String model, int replicas, long kvMemoryBytes) {
        return refused("it serves " + facts.model() + " as long as it runs");
    }

    @Override
    public CompletionStage<Void> scale(String model, int replicas) {
        return refused("it has one replica");
    }

    @Override
    public CompletionStage<Void> unload(String model) {
        return refused("it serves " + facts.model() + " as long as it runs");
    }

    @Override
    public CompletionStage<Void> drain(String node, boolean force) {
        return refused("it finishes its open requests when its process is told to end (SIGTERM)");
    }

    private static CompletionStage<Void> refused(String why) {
        return CompletableFuture.failedFuture(
                new AdminException(AdminException.Kind.UNAVAILABLE, "this is a single node without a cluster: " + why));
    }
}
