package troupe.cluster.routing;

import troupe.engine.EngineSpeed;

/**
 * Estimates when an attempt would get its first token: what is queued before it and its own uncached tokens are prefilled
 * in steps of a limited number of tokens, and every sequence on the worker takes its share of each step to decode.
 *
 * @param stepTokens tokens that a worker computes in one step at most
 */
record CostModel(int stepTokens) {
    /** Of a worker as long as neither it nor one of its kind has measured itself: any speed makes the same order. */
    static final EngineSpeed UNMEASURED = new EngineSpeed(0.005, 0.000_5, 0.000_5);

    /** Of the step that an attempt finds going on at a busy worker it waits for half, on average. */
    private static final double STEPS_FOUND = 0.5;

    CostModel {
        if (stepTokens < 1) {
            throw new IllegalArgumentException("stepTokens is " + stepTokens + ", must be at least 1");
        }
    }

    /**
     * Seconds until the first token.
     *
     * @param tokens to prefill: those queued before, and the uncached ones of the attempt
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
