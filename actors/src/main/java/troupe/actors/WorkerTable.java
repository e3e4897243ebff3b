package troupe.actors;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
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
public final class WorkerTable<B> {
    /** A worker that is up. */
    public record Worker<B>(WorkerId id, ModelId model, ExecutorInfo info, B batcher) {}

    private static final class Entry<B> {
        final Worker<B> worker;
        long lastSignNanos;
        boolean draining;
        /** Running or waiting there, as it said last. */
        int sequences;

        Entry(Worker<B> worker, long nowNanos) {
            this.worker = worker;
            lastSignNanos = nowNanos;
        }
    }

    private final Map<String, Entry<B>> entries = new HashMap<>();

    public int size() {
        return entries.size();
    }

    /** The incarnation of {@code name} that is up. */
    public Optional<Worker<B>> named(String name) {
        return Optional.ofNullable(entries.get(name)).map(entry -> entry.worker);
    }

    /** The worker, if this very incarnation is up. */
    public Optional<Worker<B>> find(WorkerId id) {
        return named(id.name()).filter(worker -> worker.id().equals(id));
    }

    /** Takes a new incarnation in; false if this one or a later one is there, which counts as a sign of life. */
    public boolean up(Worker<B> worker, long nowNanos) {
        Entry<B> known = entries.get(worker.id().name());
        if (known != null && known.worker.id().incarnation() >= worker.id().incarnation()) {
            known.lastSignNanos = nowNanos;
            return false;
        }
        entries.put(worker.id().name(), new Entry<>(worker, nowNanos));
        return true;
    }

    /** A sign of life; false if this incarnation is not up. */
    public boolean sign(WorkerId id, long nowNanos) {
        Entry<B> known = entries.get(id.name());
        if (known == null || !known.worker.id().equals(id)) {
            return false;
        }
        known.lastSignNanos = nowNanos;
        return true;
    }

    /** The worker has so many sequences, running or waiting. */
    public void load(WorkerId id, int sequences) {
        Entry<B> known = entries.get(id.name());
        if (known != null && known.worker.id().equals(id)) {
            known.sequences = sequences;
        }
    }

    /** The worker takes nothing new; false if it is not up, or that was known. */
    public boolean drains(WorkerId id) {
        Entry<B> known = entries.get(id.name());
        if (known == null || !known.worker.id().equals(id) || known.draining) {
            return false;
        }
        known.draining = true;
        return true;
    }

    /** Whether a worker that is not draining has the model, under {@code numericsId} unless that is null. */
    public boolean serves(String model, @Nullable String numericsId) {
        return !serving(model, numericsId).isEmpty();
    }

    /** Those that are not draining and have the model, under {@code numericsId} unless that is null, the idlest first. */
    List<Worker<B>> serving(String model, @Nullable String numericsId) {
        List<Entry<B>> serving = new ArrayList<>();
        for (Entry<B> entry : entries.values()) {
            Worker<B> worker = entry.worker;
            if (!entry.draining
                    && worker.model().name().equals(model)
                    && (numericsId == null || numericsId.equals(worker.info().numericsId()))) {
                serving.add(entry);
            }
        }
        serving.sort(Comparator.comparingInt(entry -> entry.sequences));
        return serving.stream().map(entry -> entry.worker).toList();
    }

    /** Counts as a sign of life of every worker: nobody could be heard until now. */
    public void signOfAll(long nowNanos) {
        entries.values().forEach(entry -> entry.lastSignNanos = nowNanos);
    }

    /** Forgets this incarnation; gives it if it was up. */
    public Optional<Worker<B>> down(WorkerId id) {
        Optional<Worker<B>> worker = find(id);
        if (worker.isPresent()) {
            entries.remove(id.name());
        }
        return worker;
    }

    /** The workers that were last heard of more than {@code limit} ago. */
    public List<WorkerId> silent(Duration limit, long nowNanos) {
        List<WorkerId> silent = new ArrayList<>();
        for (Entry<B> entry : entries.values()) {
            if (nowNanos - entry.lastSignNanos > limit.toNanos()) {
                silent.add(entry.worker.id());
            }
        }
        return silent;
    }
}
