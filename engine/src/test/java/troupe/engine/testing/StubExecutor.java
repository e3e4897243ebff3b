package troupe.engine.testing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;

/**
 * Runs {@link StubModel} through a paged cache as a real executor does: what it draws it reads from the blocks that the
 * plan names. It throws AssertionError if a plan is not valid or a block does not hold what its sequence needs.
 */
public final class StubExecutor implements ModelExecutor {
    private final ExecutorInfo info;
    private final Consumer<StepPlan> beforeStep;
    private final int[] tokenAt;
    private final long[] stateAt;
    private long nextStep;
    private volatile boolean closed;

    public StubExecutor(ExecutorInfo info) {
        this(info, plan -> {});
    }

    /** @param beforeStep called at every submit, before anything else; may block or throw */
    public StubExecutor(ExecutorInfo info, Consumer<StepPlan> beforeStep) {
        this.info = info;
        this.beforeStep = beforeStep;
        tokenAt = new int[info.kvBlocks() * info.blockTokens()];
        stateAt = new long[info.kvBlocks() * info.blockTokens()];
    }

    @Override
    public ExecutorInfo info() {
        return info;
    }

    @Override
    public StepHandle submit(StepPlan plan) {
        beforeStep.accept(plan);
        check(!closed, "submit after close");
        check(plan.stepId() == nextStep++, "step " + plan.stepId() + " out of turn");
        check(!plan.slices().isEmpty(), "an empty plan");
        Set<Integer> written = new HashSet<>();
        for (SequenceSlice slice : plan.slices()) {
            validate(slice);
            write(slice, written);
        }
        List<SliceResult> results = new ArrayList<>();
        for (SequenceSlice slice : plan.slices()) {
            results.add(compute(slice));
        }
        return () -> new StepResult(plan.stepId(), results);
    }

    private void validate(SequenceSlice slice) {
        int end = slice.firstPosition() + slice.tokens().size();
        check(!slice.tokens().isEmpty(), "a slice without tokens");
        check(end <= info.contextLength(), "position " + end + " is beyond the context");
        int blocks = slice.blockTable().size();
        check(blocks == Math.ceilDiv(end, info.blockTokens()), blocks + " blocks for " + end + " positions");
        Set<Integer> distinct = new HashSet<>();
        for (int i = 0; i < blocks; i++) {
            int block = slice.blockTable().get(i);
            check(block >= 0 && block < info.kvBlocks(), "block " + block + " is not in the pool");
            check(distinct.add(block), "block " + block + " is twice in one table");
        }
    }

    private void write(SequenceSlice slice, Set<Integer> written) {
        long state = stateBefore(slice, slice.firstPosition());
        for (int i = 0; i < slice.tokens().size(); i++) {
            int slot = slot(slice, slice.firstPosition() + i);
            check(written.add(slot), "two slices write slot " + slot);
            state = StubModel.next(state, slice.tokens().get(i));
            tokenAt[slot] = slice.tokens().get(i);
            stateAt[slot] = state;
        }
    }

    /** Walks the table's blocks and checks that each slot continues the one before it. */
    private long stateBefore(SequenceSlice slice, int position) {
        long state = StubModel.INITIAL_STATE;
        for (int i = 0; i < position; i++) {
            int slot = slot(slice, i);
            state = StubModel.next(state, tokenAt[slot]);
            check(state == stateAt[slot], "slot " + slot + " does not hold what belongs at position " + i);
        }
        return state;
    }

    private SliceResult compute(SequenceSlice slice) {
        int end = slice.firstPosition() + slice.tokens().size();
        long last = stateBefore(slice, end);
        List<ScoredToken> scored = new ArrayList<>();
        ScoreSpec score = slice.score();
        if (score != null) {
            for (int i = 0; i < score.targets().size(); i++) {
                long state = stateAt[slot(slice, slice.firstPosition() + i)];
                scored.add(StubModel.score(info, state, score.targets().get(i), score.topLogprobs()));
            }
        }
        SampleSpec sample = slice.sample();
        if (sample == null) {
            return new SliceResult.Computed(List.of(), scored);
        }
        check(end == sample.promptTokens() + sample.outputTokens(), "a draw for another position than " + end);
        int token = StubModel.draw(info, sample.params(), sample.seed(), sample.choice(), sample.outputTokens(), last);
        ScoredToken drawn = StubModel.score(info, last, token, sample.params().logprobs());
        return new SliceResult.Computed(List.of(drawn), scored);
    }

    private int slot(SequenceSlice slice, int position) {
        int block = slice.blockTable().get(position / info.blockTokens());
        return block * info.blockTokens() + position % info.blockTokens();
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
    }

    private static void check(boolean condition, String problem) {
        if (!condition) {
            throw new AssertionError(problem);
        }
    }
}
