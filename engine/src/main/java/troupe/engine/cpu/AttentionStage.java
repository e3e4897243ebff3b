package troupe.engine.cpu;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import troupe.kernels.Kernels;
import troupe.kernels.KvLayout;
import troupe.kernels.NativeMemory;
import troupe.kernels.WorkerPool;

/**
 * The attention of a step, cut into tasks that keep all threads busy: a prefill by chunks of rows and by heads, a single
 * row by heads, several together where it is short and, where its context is long, by ranges of splits; who ends the last
 * range of a row and head merges them. The cut is made once a step and serves every layer.
 *
 * <p>No result depends on the cut: {@link Kernels#mergeSplits} gives the bits of {@link Kernels#attention}.
 */
final class AttentionStage implements WorkerPool.Task {
    /** Query rows of a task at most: they share the conversion of keys and values. */
    private static final int MOST_ROWS = 64;

    private static final int LEAST_ROWS = 16;

    /** Tasks for each thread, so that a late thread costs little. */
    private static final int TASKS_PER_THREAD = 6;

    /** Results of splits that wait for their merge, for each thread; always enough for one whole context. */
    private static final int RESULTS_PER_THREAD = 512;

    private static final int WHOLE = -1;

    private final Kernels kernels;
    private final KvLayout layout;
    private final int heads;
    private final WorkerPool pool;
    private final MemorySegment cache;
    private final MemorySegment queries;
    private final MemorySegment attended;
    private final MemorySegment[] scratch; // one per thread
    private final MemorySegment results; // KvLayout.splitBytes each
    private final long resultCapacity;

    // The tasks of the step.
    private final int[] sliceOf;
    private final int[] firstRow;
    private final int[] rowsOf;
    private final int[] kvHeadOf;
    private final int[] kvHeadsOf;
    private final int[] fromSplit;
    private final int[] toSplit;
    private final int[] mergeOf; // WHOLE where the task takes all splits and needs no merge
    private int tasks;

    // The merges of the step.
    private final AtomicIntegerArray unfinished; // tasks of a merge that have not ended
    private final int[] rangesOf;
    private final @Nullable MemorySegment[] resultsOf;
    private int merges;
    private long resultsTaken;

    private final @Nullable MemorySegment[] blockTables; // of each slice
    private @Nullable StepBatch batch;
    private int layer;

    /**
     * @param queries f32 [maxRows][heads * headDim], rotated
     * @param attended f32 [maxRows][heads * headDim], written
     * @param maxPositions of a sequence
     */
    AttentionStage(
            Kernels kernels,
            KvLayout layout,
            int heads,
            WorkerPool pool,
            MemorySegment cache,
            MemorySegment queries,
            MemorySegment attended,
            Arena arena,
            int maxRows,
            int maxPositions) {
        this.kernels = kernels;
        this.layout = layout;
        this.heads = heads;
        this.pool = pool;
        this.cache = cache;
        this.queries = queries;
        this.attended = attended;
        this.scratch = new MemorySegment[pool.threads()];
        for (int t = 0; t < scratch.length; t++) {
            scratch[t] = NativeMemory.allocate(arena, kernels.attentionScratchBytes(layout, heads));
        }
        this.resultCapacity = Math.max(
                (long) pool.threads() * RESULTS_PER_THREAD, (long) KvLayout.splits(maxPositions) * layout.kvHeads());
        this.results = NativeMemory.allocate(arena, Math.multiplyExact(resultCapacity, layout.splitBytes(heads)));
        // Rounding up gives each row and head one range more than the equal shares, of which there are wantedTasks.
        int maxTasks = Math.addExact(Math.multiplyExact(maxRows, layout.kvHeads()), wantedTasks());
        sliceOf = new int[maxTasks];
        firstRow = new int[maxTasks];
        rowsOf = new int[maxTasks];
        kvHeadOf = new int[maxTasks];
        kvHeadsOf = new int[maxTasks];
        fromSplit = new int[maxTasks];
        toSplit = new int[maxTasks];
        mergeOf = new int[maxTasks];
        unfinished = new AtomicIntegerArray(maxTasks);
        rangesOf = new int[maxTasks];
        resultsOf = new MemorySegment[maxTasks];
        blockTables = new MemorySegment[maxRows];
    }

    private int wantedTasks() {
        return pool.threads() * TASKS_PER_THREAD;
    }

    /** Cuts the step into tasks, the long ones first. */
    void plan(StepBatch step) {
        batch = step;
        tasks = 0;
        merges = 0;
        resultsTaken = 0;
        long splits = 0;
        int prefillRows = 0;
        for (int slice = 0; slice < step.slices(); slice++) {
            blockTables[slice] = step.blockTable(slice);
            if (step.rowsOf(slice) == 1) {
                splits += splitsOf(step, slice);
            } else {
                prefillRows += step.rowsOf(slice);
            }
        }
        int wanted = Math.ceilDiv(prefillRows * layout.kvHeads(), wantedTasks());
        int rowsOfTask = Math.clamp(Math.ceilDiv(wanted, LEAST_ROWS) * (long) LEAST_ROWS, LEAST_ROWS, MOST_ROWS);
        for (int slice = 0; slice < step.slices(); slice++) {
            if (step.rowsOf(slice) > 1) {
                planRows(step, slice, rowsOfTask);
            }
        }
        int splitsOfTask = (int) Math.ceilDiv(splits * layout.kvHeads(), wantedTasks());
        for (int slice = 0; slice < step.slices(); slice++) {
            if (step.rowsOf(slice) == 1) {
                planSplits(step, slice, splitsOfTask);
            }
        }
    }

    private static int splitsOf(StepBatch step, int slice) {
        return KvLayout.splits(step.position(step.firstRow(slice)) + 1);
    }

    private void planRows(StepBatch step, int slice, int rowsOfTask) {
        int rows = step.rowsOf(slice);
        for (int chunk = Math.ceilDiv(rows, rowsOfTask) - 1; chunk >= 0; chunk--) {
            int offset = chunk * rowsOfTask;
            for (int kvHead = 0; kvHead < layout.kvHeads(); kvHead++) {
                add(slice, step.firstRow(slice) + offset, Math.min(rowsOfTask, rows - offset), kvHead, 1);
            }
        }
    }

    private void planSplits(StepBatch step, int slice, int splitsOfTask) {
        int row = step.firstRow(slice);
        int splits = splitsOf(step, slice);
        int ranges = Math.ceilDiv(splits, splitsOfTask);
        int kvHeads = layout.kvHeads();
        if (ranges == 1 || resultsTaken + (long) splits * kvHeads > resultCapacity) {
            int together = Math.clamp(splitsOfTask / splits, 1, kvHeads);
            for (int kvHead = 0; kvHead < kvHeads; kvHead += together) {
                add(slice, row, 1, kvHead, Math.min(together, kvHeads - kvHead));
            }
            return;
        }
        long bytes = splits * layout.splitBytes(heads);
        for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
            resultsOf[merges + kvHead] = results.asSlice(resultsTaken * layout.splitBytes(heads), bytes);
            rangesOf[merges + kvHead] = ranges;
            unfinished.set(merges + kvHead, ranges);
            resultsTaken += splits;
        }
        for (int range = 0; range < ranges; range++) {
            for (int kvHead = 0; kvHead < kvHeads; kvHead++) {
                fromSplit[tasks] = (int) ((long) splits * range / ranges);
                toSplit[tasks] = (int) ((long) splits * (range + 1) / ranges);
                add(slice, row, 1, kvHead, 1);
                mergeOf[tasks - 1] = merges + kvHead;
            }
        }
        merges += kvHeads;
    }

    private void add(int slice, int row, int rows, int kvHead, int kvHeads) {
        sliceOf[tasks] = slice;
        firstRow[tasks] = row;
        rowsOf[tasks] = rows;
        kvHeadOf[tasks] = kvHead;
        kvHeadsOf[tasks] = kvHeads;
        mergeOf[tasks] = WHOLE;
        tasks++;
    }

    /** Attends in one layer, whose keys and values of the step are stored. */
    void run(int layer, WorkerPool.@Nullable Ahead ahead) {
        this.layer = layer;
        pool.run(tasks, this, ahead);
    }

    @Override
    public void run(int task, int worker) {
        int slice = sliceOf[task];
        int row = firstRow[task];
        int kvHead = kvHeadOf[task];
        int position = requireNonNull(batch).position(row);
        MemorySegment table = requireNonNull(blockTables[slice]);
        int merge = mergeOf[task];
        if (merge == WHOLE) {
            kernels.attention(
                    layout,
                    layer,
                    cache,
                    table,
                    queries,
                    heads,
                    row,
                    rowsOf[task],
                    position,
                    kvHead,
                    kvHead + kvHeadsOf[task],
                    attended,
                    scratch[worker]);
            return;
        }
        MemorySegment parts = requireNonNull(resultsOf[merge]);
        kernels.attentionSplits(
                layout,
                layer,
                cache,
                table,
                queries,
                heads,
                row,
                position,
                kvHead,
                fromSplit[task],
                toSplit[task],
                parts,
                scratch[worker]);
        if (unfinished.decrementAndGet(merge) == 0) {
            unfinished.set(merge, rangesOf[merge]); // for the next layer
            kernels.mergeSplits(layout, parts, KvLayout.splits(position + 1), heads, row, kvHead, attended);
        }
    }
}
