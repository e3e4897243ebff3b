package troupe.engine.scheduler;

/**
 * How much one step may hold.
 *
 * @param maxStepTokens tokens computed by one step at most, over all sequences
 * @param maxSequences sequences in the batch at most; never more than {@code maxStepTokens} run, so that each can decode
 */
public record SchedulerLimits(int maxStepTokens, int maxSequences) {
    public SchedulerLimits {
        requirePositive("maxStepTokens", maxStepTokens);
        requirePositive("maxSequences", maxSequences);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", must be at least 1");
        }
    }
}
