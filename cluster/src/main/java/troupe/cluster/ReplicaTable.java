package troupe.cluster;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's replicas within its memory: which are there, and which are to go or to come for those to be there that are
 * wanted. No actors, no clock.
 *
 * @param <B> how a replica's batcher is reached
 */
final class ReplicaTable<B> {
    private final long memoryBytes;
    private final long defaultKvBytes;
    private final Map<String, Replica<B>> replicas = new LinkedHashMap<>();

    /** @param defaultKvBytes KV cache of a replica whose specification leaves it to the node */
    ReplicaTable(long memoryBytes, long defaultKvBytes) {
        this.memoryBytes = memoryBytes;
        this.defaultKvBytes = defaultKvBytes;
    }

    boolean isEmpty() {
        return replicas.isEmpty();
    }

    /** In the order in which they came. */
    List<Replica<B>> all() {
        return List.copyOf(replicas.values());
    }

    Optional<Replica<B>> find(String name) {
        return Optional.ofNullable(replicas.get(name));
    }

    /** Those that are there and not wanted. */
    List<Replica<B>> unwanted(List<ReplicaSpec> wanted) {
        List<Replica<B>> unwanted = new ArrayList<>();
        for (Replica<B> replica : replicas.values()) {
            if (!wanted.contains(replica.spec())) {
                unwanted.add(replica);
            }
        }
        return unwanted;
    }

    /** Whether it is wanted and not there, and has not to wait for the memory of one that drains. */
    boolean isToCome(ReplicaSpec wanted) {
        boolean someDrain = false;
        for (Replica<B> replica : replicas.values()) {
            someDrain |= replica.isDraining();
            if (replica.spec().equals(wanted) && !replica.isDraining()) {
                return false;
            }
        }
        return !someDrain || bytes(wanted) <= freeBytes();
    }

    /** Adds a replica, whether it fits or not. */
    Replica<B> add(String name, ReplicaSpec spec) {
        Replica<B> replica = new Replica<>(name, spec, bytes(spec));
        replicas.put(name, replica);
        return replica;
    }

    /** Why a replica that was added does not fit; empty if it does. */
    Optional<String> excess(Replica<B> replica) {
        long free = freeBytes() + replica.reservedBytes();
        return replica.reservedBytes() <= free
                ? Optional.empty()
                : Optional.of("it needs " + replica.reservedBytes() + " bytes (weights "
                        + replica.spec().weightBytes() + ", KV cache " + replica.kvBytes()
                        + "), of this node's memory " + free + " are free");
    }

    /** It is gone. */
    void remove(Replica<B> replica) {
        replicas.remove(replica.name());
        replica.close();
    }

    List<NodeReport.Replica> report() {
        List<NodeReport.Replica> report = new ArrayList<>();
        for (Replica<B> replica : replicas.values()) {
            report.add(replica.report());
        }
        return report;
    }

    private long bytes(ReplicaSpec spec) {
        return spec.weightBytes() + (spec.kvMemoryBytes() == 0 ? defaultKvBytes : spec.kvMemoryBytes());
    }

    private long freeBytes() {
        long free = memoryBytes;
        for (Replica<B> replica : replicas.values()) {
            free -= replica.reservedBytes();
        }
        return free;
    }
}
