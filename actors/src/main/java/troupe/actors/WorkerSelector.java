package troupe.actors;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.actors.admin.RoutingView;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/**
 * The port to routing: which worker gets an attempt. Owned by one gateway, called by one thread but for {@link #view}, no
 * clock of its own.
 *
 * <p>A selection counts against its worker from the moment it is made until {@link #release}, so that a burst of requests
 * spreads before any worker has reported its load.
 */
public interface WorkerSelector {
    /** A worker that takes any number of sequences. */
    default void up(WorkerId worker, ExecutorInfo info) {
        up(worker, info, Integer.MAX_VALUE);
    }

    /**
     * A worker that takes attempts.
     *
     * @param places sequences that it has room for, running or waiting
     */
    void up(WorkerId worker, ExecutorInfo info, int places);

    void load(WorkerId worker, EngineStats stats);

    /** What changed in the worker's prefix cache; its first changes begin with all that it holds. */
    void cached(WorkerId worker, KvChanges changes);

    /** Forgets the worker, its cached blocks and what was reserved on it. */
    void down(WorkerId worker);

    /** Whether a worker of the model has a place that is neither taken, by its last report, nor reserved. */
    boolean hasRoom(String model);

    /** As {@link #select(Demand, boolean)}: what goes on with a sequence goes to a worker that is full, rather than wait. */
    default Optional<Selection> select(Demand demand) {
        return select(demand, demand.numericsId() != null);
    }

    /**
     * Chooses among the workers that are up and reserves; empty if none fits.
     *
     * @param full whether a worker without room fits too
     */
    Optional<Selection> select(Demand demand, boolean full);

    /** The attempt was admitted, refused or given up; unknown keys are ignored. */
    void release(AttemptKey attempt);

    /** The attempt is in the worker's last report, or has ended there; unknown keys are ignored. */
    void arrived(AttemptKey attempt);

    /** What it remembers; may be asked from any thread, and lags a little behind. */
    RoutingView view();

    /**
     * What an attempt needs.
     *
     * @param model its name
     * @param tokens prompt and output so far
     * @param cacheSalt cached blocks are shared only under the same one
     * @param numericsId a sequence that has begun moves only within this; null before it has begun
     * @param avoid workers that have refused this attempt
     */
    record Demand(
            AttemptKey attempt,
            String model,
            TokenIds tokens,
            String cacheSalt,
            @Nullable String numericsId,
            Set<WorkerId> avoid) {
        public Demand {
            avoid = Set.copyOf(avoid);
        }
    }

    /**
     * A decision, and what it rests on.
     *
     * @param cachedTokens of the demand's tokens that the worker was thought to have in its cache
     * @param estimatedSeconds until the attempt's first token, as estimated; 0 from a selector that does not estimate
     * @param policy names the rule that decided, for people ("prefix", "least-loaded", ...)
     */
    record Selection(WorkerId worker, int cachedTokens, double estimatedSeconds, String policy) {}
}
