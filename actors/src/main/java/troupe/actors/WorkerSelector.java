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
    void up(WorkerId worker, ExecutorInfo info);

    void load(WorkerId worker, EngineStats stats);

    /** What changed in the worker's prefix cache; its first changes begin with all that it holds. */
    void cached(WorkerId worker, KvChanges changes);

    /** Forgets the worker, its cached blocks and what was reserved on it. */
    void down(WorkerId worker);

    /** Chooses among the workers that are up and reserves; empty if none fits. */
    Optional<Selection> select(Demand demand);

    /** The attempt was admitted, refused or given up; unknown keys are ignored. */
    void release(AttemptKey attempt);

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
