package troupe.cluster.simulation;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;

/** Tokens without a model: the token at a place of a run is a hash of both, and an answer is the run of its seed. */
public final class SyntheticTokens {
    /** Ids below tend to be control tokens. */
    private static final int FIRST_ID = 32;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private SyntheticTokens() {}

    /** The token at {@code offset} of the run named {@code run}; {@code vocabulary}: ids in all, more than 32. */
    public static int token(long run, int offset, int vocabulary) {
        long hash = mix(run * GOLDEN + offset);
        return FIRST_ID + (int) Math.unsignedMultiplyHigh(hash, vocabulary - FIRST_ID);
    }

    /** Another name for a run, so that the runs of each {@code copy} of a workload have nothing in common. */
    public static long inCopy(long run, int copy) {
        return copy == 0 ? run : mix(run ^ mix(copy));
    }

    /** What an engine draws in a step: the answer of a request is the run that its seed names. */
    public static StepResult draw(StepPlan plan, int vocabulary) {
        List<SliceResult> results = new ArrayList<>(plan.slices().size());
        for (SequenceSlice slice : plan.slices()) {
            SampleSpec sample = slice.sample();
            results.add(sample == null ? NOTHING : drawn(token(sample.seed(), sample.outputTokens(), vocabulary)));
        }
        return new StepResult(plan.stepId(), results);
    }

    private static final SliceResult NOTHING = new SliceResult.Computed(List.of(), List.of());

    private static SliceResult drawn(int token) {
        return new SliceResult.Computed(List.of(new ScoredToken(token, Float.NaN, List.of())), List.of());
    }

    /** SplitMix64's finalizer. */
    static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
