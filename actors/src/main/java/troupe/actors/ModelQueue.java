package troupe.actors;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import troupe.engine.AttemptKey;
import troupe.engine.Tenant;
import troupe.engine.TenantCounts;

/**
 * The attempts at one model that wait for a worker, and what those that had their turn have cost so far. No actors, no
 * clock.
 *
 * @param <A> an attempt that waits, and who is told
 */
final class ModelQueue<A> {
    /**
     * The attempt whose turn it is.
     *
     * @param priority that it has reached
     * @param first nothing of its tenant is with a worker
     */
    record Turn<A>(A ask, int priority, boolean first) {}

    private record Waiting<A>(A ask, Tenant tenant, int promptTokens, double expectedOutput) {
        double cost() {
            return AttemptCost.of(promptTokens, expectedOutput);
        }
    }

    /** A sequence whose attempts had their turn. */
    private static final class Served {
        final Tenant tenant;
        int turns;
        double expectedOutput;
        long output;

        Served(Tenant tenant) {
            this.tenant = tenant;
        }
    }

    private final FairQueue<AttemptKey> queue;
    private final ServiceRate rate = new ServiceRate();
    private final AttemptCost cost = new AttemptCost();
    private final Map<AttemptKey, Waiting<A>> waiting = new HashMap<>();
    private final Map<String, Served> served = new HashMap<>();
    /** The sequences in {@link #served}. */
    private final TenantCounts servedOf = new TenantCounts();

    ModelQueue(Duration ageing) {
        queue = new FairQueue<>(ageing);
    }

    int size() {
        return queue.size();
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Nothing waits and nothing is under way. */
    boolean isIdle() {
        return queue.isEmpty() && served.isEmpty();
    }

    Iterable<A> asks() {
        return waiting.values().stream().map(Waiting::ask).toList();
    }

    /** Waits from now on; one that waits already keeps its place. */
    void add(AttemptKey attempt, A ask, Tenant tenant, int priority, int promptTokens, int maxTokens, long nowNanos) {
        Waiting<A> added = new Waiting<>(ask, tenant, promptTokens, cost.expectedOutput(maxTokens));
        if (waiting.putIfAbsent(attempt, added) == null) {
            queue.add(attempt, tenant, priority, added.cost(), nowNanos);
        }
    }

    Optional<Turn<A>> next(long nowNanos) {
        return queue.next(nowNanos)
                .flatMap(turn -> Optional.ofNullable(waiting.get(turn.item()))
                        .map(next -> new Turn<>(next.ask(), turn.priorityClass(), servedOf.count(next.tenant()) == 0)));
    }

    /** A worker was chosen for the attempt, which had so much of its prompt cached. */
    void take(AttemptKey attempt, int cachedTokens, long nowNanos) {
        Waiting<A> taken = waiting.remove(attempt);
        if (taken == null) {
            return;
        }
        rate.took(taken.cost(), nowNanos);
        queue.take(attempt, AttemptCost.of(taken.promptTokens() - cachedTokens, taken.expectedOutput()));
        Served of = served.computeIfAbsent(attempt.sequence(), ignored -> {
            servedOf.add(taken.tenant());
            return new Served(taken.tenant());
        });
        of.turns++;
        of.expectedOutput += taken.expectedOutput();
    }

    /** All that may have its turn now had it. */
    void settled(long nowNanos) {
        rate.backlogged(!queue.isEmpty(), nowNanos);
    }

    void remove(AttemptKey attempt) {
        if (waiting.remove(attempt) != null) {
            queue.remove(attempt);
        }
    }

    /** A sequence got so many tokens more. */
    void output(String sequence, int tokens) {
        Served of = served.get(sequence);
        if (of != null) {
            of.output += tokens;
        }
    }

    /** Nothing more is done for the sequence: its tenant pays for what it got, not for what was expected. */
    void ended(String sequence) {
        Served of = served.remove(sequence);
        if (of != null) {
            servedOf.remove(of.tenant);
            queue.correct(of.tenant, AttemptCost.OUTPUT_TOKEN * (of.output - of.expectedOutput));
            cost.answered((double) of.output / of.turns);
        }
    }

    /** Seconds until all that waits of the tenant will have had its turn; 0 where that is not known. */
    double secondsToServe(Tenant tenant, long nowNanos) {
        return rate.secondsFor(queue.costAhead(tenant), nowNanos);
    }
}
