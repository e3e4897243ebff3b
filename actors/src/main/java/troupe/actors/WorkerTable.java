package troupe.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.engine.executor.ExecutorInfo;

/**
 * The workers that are up, at most one incarnation of each name, and when each was last heard of. No actors, no clock:
 * times are passed in.
 *
 * @param <B> how a worker's batcher is reached
 */
final class WorkerTable<B> {
    /** A worker that is up. */
    record Worker<B>(WorkerId id, ModelId model, ExecutorInfo info, B batcher) {}

    private static final class Entry<B> {
        final Worker<B> worker;
        long lastSignNanos;
        boolean draining;

        Entry(Worker<B> worker, long nowNanos) {
            this.worker = worker;
            lastSignNanos = nowNanos;
        }
    }

    private final Map<String, Entry<B>> entries = new HashMap<>();

    int size() {
        return entries.size();
    }

    /** The incarnation of {@code name} that is up. */
    Optional<Worker<B>> named(String name) {
        return Optional.ofNullable(entries.get(name)).map(entry -> entry.worker);
    }

    /** The worker, if this very incarnation is up. */
    Optional<Worker<B>> find(WorkerId id) {
        return named(id.name()).filter(worker -> worker.id().equals(id));
    }

    /** Takes a new incarnation in; false if this one or a later one is there, which counts as a sign of life. */
    boolean up(Worker<B> worker, long nowNanos) {
        Entry<B> known = entries.get(worker.id().name());
        if (known != null && known.worker.id().incarnation() >= worker.id().incarnation()) {
            known.lastSignNanos = nowNanos;
            return false;
        }
        entries.put(worker.id().name(), new Entry<>(worker, nowNanos));
        return true;
    }

    /** A sign of life; false if this incarnation is not up. */
    boolean sign(WorkerId id, long nowNanos) {
        Entry<B> known = entries.get(id.name());
        if (known == null || !known.worker.id().equals(id)) {
            return false;
        }
        known.lastSignNanos = nowNanos;
        return true;
    }

    /** The worker takes nothing new; false if it is not up, or that was known. */
    boolean drains(WorkerId id) {
        Entry<B> known = entries.get(id.name());
        if (known == null || !known.worker.id().equals(id) || known.draining) {
            return false;
        }
        known.draining = true;
        return true;
    }

    /** Whether a worker that is not draining has the model, under {@code numericsId} unless that is null. */
    boolean serves(String model, @Nullable String numericsId) {
        for (Entry<B> entry : entries.values()) {
            Worker<B> worker = entry.worker;
            if (!entry.draining
                    && worker.model().name().equals(model)
                    && (numericsId == null || numericsId.equals(worker.info().numericsId()))) {
                return true;
            }
        }
        return false;
    }

    /** Counts as a sign of life of every worker: nobody could be heard until now. */
    void signOfAll(long nowNanos) {
        entries.values().forEach(entry -> entry.lastSignNanos = nowNanos);
    }

    /** Forgets this incarnation; gives it if it was up. */
    Optional<Worker<B>> down(WorkerId id) {
        Optional<Worker<B>> worker = find(id);
        if (worker.isPresent()) {
            entries.remove(id.name());
        }
        return worker;
    }

    /** The workers that were last heard of more than {@code limit} ago. */
    List<WorkerId> silent(Duration limit, long nowNanos) {
        List<WorkerId> silent = new ArrayList<>();
        for (Entry<B> entry : entries.values()) {
            if (nowNanos - entry.lastSignNanos > limit.toNanos()) {
                silent.add(entry.worker.id());
            }
        }
        return silent;
    }
}
