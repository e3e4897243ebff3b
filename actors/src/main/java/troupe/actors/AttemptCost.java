package troupe.actors;

/**
 * What an attempt costs its workers, in tokens to prefill: those of its prompt that have to be computed, and each token
 * of the output as {@link #OUTPUT_TOKEN} of them. How long an answer gets is not known before: it is taken to be as long as
 * answers were of late, or as its limit where that is less. No clock, no actors.
 */
final class AttemptCost {
    /** A token of the output takes a place in a step of its own: in most engines as much as a few of the prompt. */
    static final double OUTPUT_TOKEN = 4;

    static final int FIRST_GUESS_TOKENS = 256;
    /** How much of the mean is the latest answer's. */
    private static final double LATEST = 1.0 / 32;

    private double meanOutputTokens = FIRST_GUESS_TOKENS;

    /** Tokens that an answer will have. */
    double expectedOutput(int maxTokens) {
        return Math.min(maxTokens, meanOutputTokens);
    }

    static double of(int promptTokens, double outputTokens) {
        return promptTokens + OUTPUT_TOKEN * outputTokens;
    }

    /** An answer had so many tokens. */
    void answered(double tokens) {
        meanOutputTokens += LATEST * (tokens - meanOutputTokens);
    }
}
