package troupe.engine.executor;

import java.util.List;

/**
 * What a step computed.
 *
 * @param stepId of the plan
 * @param slices in the plan's order
 */
public record StepResult(long stepId, List<SliceResult> slices) {
    public StepResult {
        slices = List.copyOf(slices);
    }
}
