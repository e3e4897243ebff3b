package troupe.cluster.routing;

import troupe.engine.EngineSpeed;

/**
 * Estimates when an attempt would get its first token: what is queued before it and its own uncached tokens are prefilled
 * in steps of a limited number of tokens, and every sequence on the worker takes its share of each step to decode. Short
 * prompts pass long ones on a worker, so the shorter an attempt is, the less of a long queue counts.
 *
 * @param stepTokens tokens that a worker computes in one step at most
 */
record CostModel(int stepTokens) {
    /** Of a worker as long as neither it nor one of its kind has measured itself: any speed makes the same order. */
    static final EngineSpeed UNMEASURED = new EngineSpeed(0.005, 0.000_5, 0.000_5);

    /** Of the step that an attempt finds going on at a busy worker it waits for half, on average. */
    private static final double STEPS_FOUND = 0.5;

    /**
     * An attempt waits for as much of what is queued as the tokens that its worker lacks of it, for each queued prompt,
     * since it passes those that are longer by more than they came before it; this many times at least.
     */
    static final int WAITS_FOR = 2;

    /** Of what is queued beyond that it passes all but this part. */
    static final int PASSES_ALL_BUT = 8;

    CostModel {
        if (stepTokens < 1) {
            throw new IllegalArgumentException("stepTokens is " + stepTokens + ", must be at least 1");
        }
    }

    /**
     * Seconds until the first token of an attempt.
     *
     * @param queued tokens to prefill on the worker
     * @param prompts that these are of
     * @param lacking tokens of the attempt that the worker does not hold yet
     * @param uncached those that it will compute for this attempt; the rest is queued for others already
     * @param sequences on the worker, running or waiting
     */
    double seconds(EngineSpeed speed, long queued, int prompts, int lacking, int uncached, int sequences) {
        long before = Math.min(queued, (long) Math.max(WAITS_FOR, prompts) * lacking);
        return seconds(speed, before + (queued - before) / PASSES_ALL_BUT + uncached, sequences);
    }

    /**
     * Seconds until so many tokens are prefilled.
     *
     * @param sequences on the worker, running or waiting
     */
    double seconds(EngineSpeed speed, long tokens, int sequences) {
        double steps = Math.max(1, steps(tokens, sequences)) + (sequences > 0 ? STEPS_FOUND : 0);
        return steps * speed.seconds(0, sequences) + tokens * speed.prefillTokenSeconds();
    }

    /** Steps that it takes to prefill so many tokens beside so many decoding sequences. */
    double steps(long tokens, int sequences) {
        // Decodes come first; a worker full of them is never better than at an eighth of its room.
        int room = Math.max(Math.ceilDiv(stepTokens, 8), stepTokens - sequences);
        return (double) tokens / room;
    }
}
