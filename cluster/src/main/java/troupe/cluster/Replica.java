package troupe.cluster;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.Batcher;
import troupe.actors.admin.ClusterView.ReplicaStatus;

/**
 * How it stands with one replica of a node. No actors, no clock.
 *
 * <pre>
 *   LOADING --its engine runs--> READY --its engine died--> LOADING
 *      |                           |
 *      |                           '--drain--.
 *      |--drain, once it has a batcher-------+--> DRAINING (until its batcher has ended)
 *      '--it cannot be--> FAILED (until it may be tried again)
 * </pre>
 *
 * @param <B> how its batcher is reached
 */
final class Replica<B> {
    /** After this one that failed may be tried again. */
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(30);

    private final String name;
    private final ReplicaSpec spec;
    private final long bytes;
    private ReplicaStatus status = ReplicaStatus.LOADING;
    private @Nullable NodeModel model;
    private @Nullable B batcher;
    private Batcher.@Nullable State state;
    private @Nullable String message;
    private long failedNanos;

    /** @param bytes of its weights and its KV cache */
    Replica(String name, ReplicaSpec spec, long bytes) {
        this.name = name;
        this.spec = spec;
        this.bytes = bytes;
    }

    /** Of its worker. */
    String name() {
        return name;
    }

    ReplicaSpec spec() {
        return spec;
    }

    ReplicaStatus status() {
        return status;
    }

    boolean isDraining() {
        return status == ReplicaStatus.DRAINING;
    }

    /** Memory that it keeps from others. */
    long reservedBytes() {
        return status == ReplicaStatus.FAILED ? 0 : bytes;
    }

    long kvBytes() {
        return bytes - spec.weightBytes();
    }

    /** Empty until its model is open. */
    Optional<B> batcher() {
        return Optional.ofNullable(batcher);
    }

    /** Its model is open, and is closed with it. */
    void started(NodeModel opened, B itsBatcher) {
        model = opened;
        batcher = itsBatcher;
    }

    /** What its batcher says; whether the status is another one now. */
    boolean says(Batcher.State now) {
        state = now;
        message = now.failure();
        ReplicaStatus before = status;
        if (!isDraining()) {
            status = now.stats() == null ? ReplicaStatus.LOADING : ReplicaStatus.READY;
        }
        return status != before;
    }

    /** It is to end; false if it was before. */
    boolean drain() {
        boolean isNew = !isDraining();
        status = ReplicaStatus.DRAINING;
        return isNew;
    }

    void fail(String why, long nowNanos) {
        status = ReplicaStatus.FAILED;
        message = why;
        failedNanos = nowNanos;
    }

    boolean mayBeTriedAgain(long nowNanos) {
        return status == ReplicaStatus.FAILED && nowNanos - failedNanos > FAILURE_KEPT.toNanos();
    }

    /** It is gone. */
    void close() {
        if (model != null) {
            model.close();
        }
    }

    NodeReport.Replica report() {
        return new NodeReport.Replica(
                name, spec.model(), status, reservedBytes(), state == null ? null : state.stats(), message);
    }
}
