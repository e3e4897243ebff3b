package troupe.http;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterAdmin;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ResumingView;
import troupe.actors.admin.RoutingView;
import troupe.engine.EngineSpeed;

/** A cluster of two nodes, one of them draining, that writes down what it is asked for. */
final class RecordingAdmin implements ClusterAdmin {
    static final String HOSTILE = "<img src=x onerror=alert(1)>";

    static final ClusterView VIEW = new ClusterView(
            "node-0",
            List.of(
                    new ClusterView.Node(
                            "node-0",
                            "127.0.0.1:2551",
                            List.of("gateway"),
                            ClusterView.NodeStatus.UP,
                            "0.1.0",
                            1,
                            List.of(),
                            List.of()),
                    new ClusterView.Node(
                            "node-1",
                            "127.0.0.1:2552",
                            List.of("worker"),
                            ClusterView.NodeStatus.DRAINING,
                            "0.1.0",
                            1,
                            List.of(new ClusterView.Device("cpu", 2, 8L << 30, 3L << 30)),
                            List.of(
                                    new ClusterView.Replica(
                                            "node-1/0",
                                            "stub",
                                            ClusterView.ReplicaStatus.DRAINING,
                                            3,
                                            1,
                                            40,
                                            100,
                                            12.5,
                                            0.25,
                                            new EngineSpeed(0.0023, 0.00031, 0.00056),
                                            null),
                                    new ClusterView.Replica(
                                            "node-1/1",
                                            HOSTILE,
                                            ClusterView.ReplicaStatus.FAILED,
                                            0,
                                            0,
                                            0,
                                            100,
                                            0,
                                            0,
                                            null,
                                            "no memory: " + HOSTILE)))),
            List.of(new ClusterView.Deployment("stub", "ab".repeat(32), 2, 1, 1L << 30, "1 replica is missing")));

    /** What was asked for, in words. */
    final LinkedBlockingQueue<String> wishes = new LinkedBlockingQueue<>();

    /** What the next wish is refused with, if it is. */
    final AtomicReference<@Nullable AdminException> refusal = new AtomicReference<>();

    @Override
    public ClusterView view() {
        return VIEW;
    }

    @Override
    public RoutingView routing() {
        return new RoutingView("prefix", 3, 4, 100, 4_096, 1);
    }

    @Override
    public ResumingView resuming() {
        return new ResumingView(5, 2, 3_000, 7, false);
    }

    @Override
    public List<ClusterEvent> eventsAfter(long number) {
        return List.of(
                        new ClusterEvent(1, 1_000, "joined", "node-0", "the node is up"),
                        new ClusterEvent(2, 2_000, "draining", "node-1", HOSTILE))
                .stream()
                .filter(event -> event.number() > number)
                .toList();
    }

    @Override
    public CompletionStage<Void> deploy(String model, int replicas, long kvMemoryBytes) {
        return done("deploy " + model + " " + replicas + " " + kvMemoryBytes);
    }

    @Override
    public CompletionStage<Void> scale(String model, int replicas) {
        return done("scale " + model + " " + replicas);
    }

    @Override
    public CompletionStage<Void> unload(String model) {
        return done("unload " + model);
    }

    @Override
    public CompletionStage<Void> drain(String node, boolean force) {
        return done("drain " + node + " " + force);
    }

    private CompletionStage<Void> done(String wish) {
        AdminException refused = refusal.getAndSet(null);
        if (refused != null) {
            return CompletableFuture.failedFuture(refused);
        }
        wishes.add(wish);
        return CompletableFuture.completedFuture(null);
    }
}
