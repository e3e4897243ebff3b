package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * A model without a model: what the cache holds for a position is a hash of all tokens up to it, and a token drawn is a hash
 * of that, the seed and the choice. It reads the blocks that the plan names, so that one that is lost, or somebody else's,
 * gives other tokens.
 */
final class ChainedTokens {
    static final long START = 0x5DEECE66DL;

    private final ExecutorInfo info;
    private final long[] cache;

    ChainedTokens(ExecutorInfo info) {
        this.info = info;
        cache = new long[info.kvBlocks() * info.blockTokens()];
    }

    StepResult compute(StepPlan plan) {
        List<SliceResult> results = new ArrayList<>(plan.slices().size());
        for (SequenceSlice slice : plan.slices()) {
            results.add(compute(slice));
        }
        return new StepResult(plan.stepId(), results);
    }

    private SliceResult compute(SequenceSlice slice) {
        TokenIds tokens = slice.tokens();
        ScoreSpec score = slice.score();
        List<ScoredToken> scored = new ArrayList<>();
        int first = slice.firstPosition();
        long state = first == 0 ? START : cache[place(slice, first - 1)];
        for (int i = 0; i < tokens.size(); i++) {
            state = next(state, tokens.get(i));
            cache[place(slice, first + i)] = state;
            if (score != null && i < score.targets().size()) {
                int target = score.targets().get(i);
                scored.add(new ScoredToken(target, logprob(state, target), List.of()));
            }
        }
        SampleSpec sample = slice.sample();
        List<ScoredToken> drawn = sample == null
                ? List.of()
                : List.of(draw(info, sample.params(), sample.seed(), sample.choice(), sample.outputTokens(), state));
        return new SliceResult.Computed(drawn, scored);
    }

    private int place(SequenceSlice slice, int position) {
        int block = slice.blockTable().get(position / info.blockTokens());
        return block * info.blockTokens() + position % info.blockTokens();
    }

    static long next(long state, int token) {
        return mix(state * 31 + token + 1);
    }

    /** The token that follows; {@code state} is of all before it. */
    static ScoredToken draw(
            ExecutorInfo info, SamplingParams params, long seed, int choice, int outputTokens, long state) {
        StopTokens stops = StopTokens.every(params, info.endOfSequence());
        int token = (int) Long.remainderUnsigned(mix(state ^ mix(seed * 31 + choice)), info.vocabularySize());
        while (outputTokens < params.minTokens() && stops.contains(token)) {
            token = (token + 1) % info.vocabularySize();
        }
        return new ScoredToken(token, params.logprobs() < 0 ? Float.NaN : logprob(state, token), List.of());
    }

    static float logprob(long state, int token) {
        return -(mix(state + token) >>> 50) / 1000f;
    }

    /** SplitMix64's finalizer. */
    static long mix(long z) {
        long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
        return b ^ (b >>> 31);
    }
}
