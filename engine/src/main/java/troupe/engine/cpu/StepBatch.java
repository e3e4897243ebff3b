package troupe.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import troupe.engine.TokenIds;
import troupe.engine.executor.SequenceSlice;
import troupe.engine.executor.StepPlan;
import troupe.kernels.KvLayout;

/**
 * A plan flattened for the kernels: row r of every activation buffer is the r-th token of the step, slices one after
 * the other. Buffers are allocated once, for the largest step, and filled anew by {@link #load}.
 */
final class StepBatch {
    private final int maxTokens;
    private final int maxSequenceBlocks;
    private final int[] tokens;
    private final MemorySegment positions;
    private final MemorySegment slots;
    private final int[] scratchBlocks;
    private final MemorySegment blockTables;
    private final int[] firstRow;
    private final MemorySegment[] blockTable;
    private int slices;
    private int rows;

    StepBatch(Arena arena, int maxTokens, int maxSlices, int maxSequenceBlocks) {
        this.maxTokens = maxTokens;
        this.maxSequenceBlocks = maxSequenceBlocks;
        this.tokens = new int[maxTokens];
        this.positions = arena.allocate(ValueLayout.JAVA_INT, maxTokens);
        this.slots = arena.allocate(ValueLayout.JAVA_LONG, maxTokens);
        this.scratchBlocks = new int[maxSequenceBlocks];
        this.blockTables = arena.allocate(ValueLayout.JAVA_INT, (long) maxSlices * maxSequenceBlocks);
        this.firstRow = new int[maxSlices];
        this.blockTable = new MemorySegment[maxSlices];
    }

    void load(StepPlan plan) {
        check(plan);
        List<SequenceSlice> planned = plan.slices();
        slices = planned.size();
        rows = 0;
        long tableOffset = 0;
        for (int s = 0; s < slices; s++) {
            SequenceSlice slice = planned.get(s);
            TokenIds blocks = slice.blockTable();
            firstRow[s] = rows;
            blockTable[s] = blockTables.asSlice(tableOffset, (long) blocks.size() * Integer.BYTES);
            blocks.copyTo(scratchBlocks, 0);
            MemorySegment.copy(scratchBlocks, 0, blockTables, ValueLayout.JAVA_INT, tableOffset, blocks.size());
            tableOffset += (long) blocks.size() * Integer.BYTES;
            TokenIds ids = slice.tokens();
            ids.copyTo(tokens, rows);
            for (int i = 0; i < ids.size(); i++) {
                int position = slice.firstPosition() + i;
                long block = scratchBlocks[position / KvLayout.BLOCK_TOKENS];
                positions.setAtIndex(ValueLayout.JAVA_INT, rows + i, position);
                slots.setAtIndex(
                        ValueLayout.JAVA_LONG,
                        rows + i,
                        block * KvLayout.BLOCK_TOKENS + position % KvLayout.BLOCK_TOKENS);
            }
            rows += ids.size();
        }
    }

    private void check(StepPlan plan) {
        if (plan.tokens() > maxTokens || plan.slices().size() > firstRow.length) {
            throw new IllegalArgumentException("the step has " + plan.tokens() + " tokens in "
                    + plan.slices().size() + " slices, the buffers hold " + maxTokens + " in " + firstRow.length);
        }
        for (SequenceSlice slice : plan.slices()) {
            int needed = Math.ceilDiv(slice.firstPosition() + slice.tokens().size(), KvLayout.BLOCK_TOKENS);
            if (slice.blockTable().size() < needed || slice.blockTable().size() > maxSequenceBlocks) {
                throw new IllegalArgumentException("a slice has "
                        + slice.blockTable().size() + " blocks, needed are " + needed + ", allowed "
                        + maxSequenceBlocks);
            }
        }
    }

    int slices() {
        return slices;
    }

    /** Tokens of the step. */
    int rows() {
        return rows;
    }

    int token(int row) {
        return tokens[row];
    }

    int firstRow(int slice) {
        return firstRow[slice];
    }

    int rowsOf(int slice) {
        return (slice + 1 < slices ? firstRow[slice + 1] : rows) - firstRow[slice];
    }

    /** int32 [rows], absolute. */
    MemorySegment positions() {
        return positions;
    }

    int position(int row) {
        return positions.getAtIndex(ValueLayout.JAVA_INT, row);
    }

    /** int64 [rows], where each token's keys and values go. */
    MemorySegment slots() {
        return slots;
    }

    /** int32 block ids of one slice's sequence. */
    MemorySegment blockTable(int slice) {
        return blockTable[slice];
    }
}
