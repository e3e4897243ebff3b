package troupe.engine.executor;

import java.util.List;

/**
 * What one step computes: a plain immutable value, so that it can be sent to another process or recorded.
 *
 * @param stepId counts up from 0 within one engine
 * @param slices one per sequence, each with at least one token; prefill chunks and decodes mix freely
 */
public record StepPlan(long stepId, List<SequenceSlice> slices) {
    /** Raised whenever the meaning of a field changes. */
    public static final int VERSION = 1;

    public StepPlan {
        slices = List.copyOf(slices);
    }

    /** Tokens computed by this step over all sequences. */
    public int tokens() {
        int sum = 0;
        for (SequenceSlice slice : slices) {
            sum += slice.tokens().size();
        }
        return sum;
    }
}
