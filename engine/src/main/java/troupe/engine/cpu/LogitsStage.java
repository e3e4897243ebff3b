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
import troupe.engine.executor.StepProfile;
import troupe.engine.executor.StepProfile.Phase;
import troupe.engine.sampling.SampleResult;
import troupe.engine.sampling.Sampler;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/** Turns hidden states into drawn and scored tokens: logits only where the plan wants them, a few rows at a time. */
final class LogitsStage {
    /** Rows of logits held at once; bounds the memory of scoring a long prompt. */
    private static final int MAX_ROWS_AT_ONCE = 64;

    private static final int LINE_FLOATS = 64 / Float.BYTES;

    private static final int DRAW = -1;

    private final LlamaForward forward;
    private final WorkerPool pool;
    private final StepProfile profile;
    private final int vocabulary;
    private final int stride; // elements from one row of logits to the next
    private final MemorySegment logits; // f32 [rows at once][stride]
    private final int[] rows; // of the batch, whose logits are held
    private final float[][] rowOfWorker;
    private final Sampler[] samplerOfWorker;

    // What is wanted of the step: jobs in order of the slices.
    private final int[] jobRow;
    private final int[] jobTarget; // the token to score, or DRAW
    private final SequenceSlice[] jobSlice;
    private final SampleResult[] results;
    private int jobs;

    LogitsStage(
            LlamaForward forward,
            WorkerPool pool,
            Arena arena,
            int maxRows,
            int vocabulary,
            TokenIds endOfSequence,
            StepProfile profile) {
        this.forward = forward;
        this.pool = pool;
        this.profile = profile;
        this.vocabulary = vocabulary;
        this.rows = new int[Math.min(MAX_ROWS_AT_ONCE, maxRows)];
        this.stride = oddLines(vocabulary);
        this.logits = NativeMemory.allocate(arena, (long) rows.length * stride * Float.BYTES);
        this.rowOfWorker = new float[pool.threads()][vocabulary];
        this.samplerOfWorker = new Sampler[pool.threads()];
        Arrays.setAll(samplerOfWorker, worker -> new Sampler(vocabulary, endOfSequence));
        int maxJobs = 2 * maxRows; // every row may be scored, and the last one of a slice drawn from too
        this.jobRow = new int[maxJobs];
        this.jobTarget = new int[maxJobs];
        this.jobSlice = new SequenceSlice[maxJobs];
        this.results = new SampleResult[maxJobs];
    }

    /** Elements of an odd number of cache lines: a group of rows of the head lies in different sets of the cache then. */
    private static int oddLines(int elements) {
        return (Math.ceilDiv(elements, LINE_FLOATS) | 1) * LINE_FLOATS;
    }

    List<SliceResult> draw(StepPlan plan, StepBatch batch) {
        listJobs(plan, batch);
        for (int first = 0; first < jobs; first += rows.length) {
            int count = Math.min(rows.length, jobs - first);
            System.arraycopy(jobRow, first, rows, 0, count);
            forward.logits(rows, count, logits, stride);
            int offset = first;
            pool.run(count, (task, worker) -> run(offset + task, task, worker));
            profile.lap(Phase.SAMPLING);
        }
        List<SliceResult> collected = collect(plan);
        Arrays.fill(jobSlice, 0, jobs, null);
        Arrays.fill(results, 0, jobs, null);
        return collected;
    }

    private void listJobs(StepPlan plan, StepBatch batch) {
        jobs = 0;
        for (int s = 0; s < plan.slices().size(); s++) {
            SequenceSlice slice = plan.slices().get(s);
            ScoreSpec score = slice.score();
            if (score != null) {
                for (int i = 0; i < score.targets().size(); i++) {
                    addJob(batch.firstRow(s) + i, score.targets().get(i), slice);
                }
            }
            if (slice.sample() != null) {
                addJob(batch.firstRow(s) + slice.tokens().size() - 1, DRAW, slice);
            }
        }
    }

    private void addJob(int row, int target, SequenceSlice slice) {
        jobRow[jobs] = row;
        jobTarget[jobs] = target;
        jobSlice[jobs] = slice;
        jobs++;
    }

    private void run(int job, int logitsRow, int worker) {
        float[] row = rowOfWorker[worker];
        long offset = (long) logitsRow * stride * Float.BYTES;
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT, offset, row, 0, vocabulary);
        Sampler sampler = samplerOfWorker[worker];
        SampleSpec sample = jobSlice[job].sample();
        ScoreSpec score = jobSlice[job].score();
        results[job] = jobTarget[job] == DRAW && sample != null
                ? sampler.sample(row, sample)
                : sampler.scorer().score(row, jobTarget[job], score == null ? 0 : score.topLogprobs());
    }

    private List<SliceResult> collect(StepPlan plan) {
        List<SliceResult> slices = new ArrayList<>(plan.slices().size());
        int job = 0;
        for (SequenceSlice slice : plan.slices()) {
            ScoreSpec score = slice.score();
            int scoredJobs = score == null ? 0 : score.targets().size();
            int end = job + scoredJobs + (slice.sample() == null ? 0 : 1);
            slices.add(collect(job, job + scoredJobs, end));
            job = end;
        }
        return slices;
    }

    /** The result of one slice from its jobs: first those that score, then the one that draws, if any. */
    private SliceResult collect(int from, int draw, int to) {
        for (int job = from; job < to; job++) {
            if (results[job] instanceof SampleResult.Failed(String reason)) {
                return new SliceResult.Failed(reason);
            }
        }
        return new SliceResult.Computed(tokens(draw, to), tokens(from, draw));
    }

    private List<ScoredToken> tokens(int from, int to) {
        if (to - from <= 1) {
            return from == to ? List.of() : List.of(token(from));
        }
        List<ScoredToken> tokens = new ArrayList<>(to - from);
        for (int job = from; job < to; job++) {
            tokens.add(token(job));
        }
        return tokens;
    }

    private ScoredToken token(int job) {
        return switch (results[job]) {
            case SampleResult.Scored(ScoredToken token) -> token;
            case SampleResult.Failed(String reason) -> throw new IllegalStateException(reason);
        };
    }
}
