package troupe.cluster.simulation.faults;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import troupe.actors.GenerationRequest;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * A request of a run.
 *
 * @param atNanos when it comes
 * @param gateway that it goes to, by number
 * @param sampling resolved: its {@code maxTokens} counts
 * @param timeout its deadline
 * @param resumable whether its client comes again where its connection or its gateway is lost
 * @param grace how long it, and then its answer, is kept for that
 * @param poison null of nearly all
 */
record RequestPlan(
        String id,
        long atNanos,
        int gateway,
        GenerationRequest request,
        TokenIds prompt,
        SamplingParams sampling,
        long seed,
        Duration timeout,
        boolean resumable,
        Duration grace,
        @Nullable Poison poison) {}
