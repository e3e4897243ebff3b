package troupe.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.sampling.LogitsScorer;
import troupe.engine.sampling.SampleResult;
import troupe.engine.sampling.Sampler;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/** Turns hidden states into drawn and scored tokens: logits only where the plan wants them, a few rows at a time. */
final class LogitsStage {
    /** Rows of logits held at once; bounds the memory of scoring a long prompt. */
    private static final int MAX_ROWS_AT_ONCE = 32;

    private final LlamaForward forward;
    private final WorkerPool pool;
    private final int vocabulary;
    private final int rowsAtOnce;
    private final MemorySegment logits; // f32 [rowsAtOnce][vocabulary]
    private final float[][] rowOfWorker;
    private final Sampler[] samplerOfWorker;

    LogitsStage(
            LlamaForward forward, WorkerPool pool, Arena arena, int maxRows, int vocabulary, TokenIds endOfSequence) {
        this.forward = forward;
        this.pool = pool;
        this.vocabulary = vocabulary;
        this.rowsAtOnce = Math.min(MAX_ROWS_AT_ONCE, maxRows);
        this.logits = NativeMemory.allocate(arena, (long) rowsAtOnce * vocabulary * Float.BYTES);
        this.rowOfWorker = new float[pool.threads()][vocabulary];
        this.samplerOfWorker = new Sampler[pool.threads()];
        Arrays.setAll(samplerOfWorker, worker -> new Sampler(vocabulary, endOfSequence));
    }

    /** One row of logits and what to do with it: draw for {@code sample}, or else score {@code target}. */
    private record Job(int slice, int row, SequenceSlice of, int target) {
        static final int DRAW = -1;

        SampleResult run(Sampler sampler, float[] logits) {
            SampleSpec sample = of.sample();
            if (target == DRAW && sample != null) {
                return sampler.sample(logits, sample);
            }
            ScoreSpec score = of.score();
            return LogitsScorer.score(logits, target, score == null ? 0 : score.topLogprobs());
        }
    }

    List<SliceResult> draw(StepPlan plan, StepBatch batch) {
        List<Job> jobs = jobs(plan, batch);
        SampleResult[] results = new SampleResult[jobs.size()];
        for (int from = 0; from < jobs.size(); from += rowsAtOnce) {
            int first = from;
            int count = Math.min(rowsAtOnce, jobs.size() - from);
            int[] rows = new int[count];
            for (int i = 0; i < count; i++) {
                rows[i] = jobs.get(first + i).row();
            }
            forward.logits(rows, logits);
            pool.run(count, (task, worker) -> {
                float[] row = rowOfWorker[worker];
                MemorySegment.copy(
                        logits, ValueLayout.JAVA_FLOAT, (long) task * vocabulary * Float.BYTES, row, 0, vocabulary);
                results[first + task] = jobs.get(first + task).run(samplerOfWorker[worker], row);
            });
        }
        return collect(plan, jobs, results);
    }

    private static List<Job> jobs(StepPlan plan, StepBatch batch) {
        List<Job> jobs = new ArrayList<>();
        for (int s = 0; s < plan.slices().size(); s++) {
            SequenceSlice slice = plan.slices().get(s);
            ScoreSpec score = slice.score();
            if (score != null) {
                for (int i = 0; i < score.targets().size(); i++) {
                    jobs.add(new Job(
                            s, batch.firstRow(s) + i, slice, score.targets().get(i)));
                }
            }
            if (slice.sample() != null) {
                jobs.add(new Job(s, batch.firstRow(s) + slice.tokens().size() - 1, slice, Job.DRAW));
            }
        }
        return jobs;
    }

    private static List<SliceResult> collect(StepPlan plan, List<Job> jobs, SampleResult[] results) {
        List<SliceResult> slices = new ArrayList<>(plan.slices().size());
        int job = 0;
        for (int s = 0; s < plan.slices().size(); s++) {
            List<ScoredToken> drawn = new ArrayList<>();
            List<ScoredToken> scored = new ArrayList<>();
            SliceResult failure = null;
            for (; job < jobs.size() && jobs.get(job).slice() == s; job++) {
                switch (results[job]) {
                    case SampleResult.Scored(ScoredToken token) ->
                        (jobs.get(job).target() == Job.DRAW ? drawn : scored).add(token);
                    case SampleResult.Failed(String reason) -> failure = new SliceResult.Failed(reason);
                }
            }
            slices.add(failure != null ? failure : new SliceResult.Computed(drawn, scored));
        }
        return slices;
    }
}
