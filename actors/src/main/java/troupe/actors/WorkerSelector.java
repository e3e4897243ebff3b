package troupe.actors;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;

/**
 * The port to routing: which worker gets an attempt. Owned by one gateway, called by one thread, no clock of its own.
 *
 * <p>A selection counts against its worker from the moment it is made until {@link #release}, so that a burst of requests
 * spreads before any worker has reported its load.
 */
public interface WorkerSelector {
    void up(WorkerId worker, ExecutorInfo info);

    void load(WorkerId worker, EngineStats stats);

    /** Forgets the worker and what was reserved on it. */
    void down(WorkerId worker);

    /** Chooses among the workers that are up and reserves; empty if none fits. */
    Optional<WorkerId> select(Demand demand);

    /** The attempt was admitted, refused or given up; unknown keys are ignored. */
    void release(AttemptKey attempt);

    /**
     * What an attempt needs.
     *
     * @param model its name
     * @param tokens prompt and output so far
     * @param numericsId a sequence that has begun moves only within this; null before it has begun
     * @param avoid workers that have refused this attempt
     */
    record Demand(
            AttemptKey attempt,
            String model,
            TokenIds tokens,
            @Nullable String numericsId,
            Set<WorkerId> avoid) {
        public Demand {
            avoid = Set.copyOf(avoid);
        }
    }
}
