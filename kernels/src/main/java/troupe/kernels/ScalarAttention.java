package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I8;

import java.lang.foreign.MemorySegment;

/** Attention of one query over one sequence's keys and values of one head, split by 256 keys at absolute positions. */
final class ScalarAttention {
    /** Keys in a split. */
    static final int SPLIT = KvLayout.SPLIT_TOKENS;

    private final KvLayout layout;
    private final MemorySegment cache;
    private final MemorySegment blockTable;
    private final long keyOffset;
    private final long valueOffset;
    private final float scale;

    // The result of the current split.
    private final float[] partial;
    private float greatest;
    private float sum;

    ScalarAttention(KvLayout layout, int layer, int kvHead, MemorySegment cache, MemorySegment blockTable) {
        this.layout = layout;
        this.cache = cache;
        this.blockTable = blockTable;
        this.keyOffset = layout.keyOffset(layer, kvHead);
        this.valueOffset = layout.valueOffset(layer, kvHead);
        this.scale = scale(layout.headDim());
        this.partial = new float[layout.headDim()];
    }

    /** What queries are multiplied by: 1 / sqrt(headDim), computed in double precision and rounded once. */
    static float scale(int headDim) {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** Attends to the positions 0..visible and writes headDim floats to out, both at byte offset {@code at}. */
    void attend(MemorySegment queries, long at, int visible, MemorySegment out) {
        float[] query = query(queries, at);
        SplitMerge merge = new SplitMerge(layout.headDim());
        for (int split = 0; split < KvLayout.splits(visible); split++) {
            attend(query, split, visible);
            merge.add(partial, greatest, sum);
        }
        merge.write(out, at);
    }

    /** Attends to one split of the positions 0..visible and stores the result at byte offset {@code to}. */
    void attendSplit(MemorySegment queries, long at, int split, int visible, MemorySegment splits, long to) {
        attend(query(queries, at), split, visible);
        SplitMerge.store(splits, to, partial, layout.headDim(), greatest, sum);
    }

    private float[] query(MemorySegment queries, long at) {
        float[] query = new float[layout.headDim()];
        for (int d = 0; d < query.length; d++) {
            query[d] = queries.get(F32, at + 4L * d) * scale;
        }
        return query;
    }

    private void attend(float[] query, int split, int visible) {
        int from = split * SPLIT;
        float[] scores = scores(query, from, Math.min(SPLIT, visible - from));
        greatest = Float.NEGATIVE_INFINITY;
        for (float score : scores) {
            greatest = Math.max(greatest, score);
        }
        float[] lanes = new float[Tree.LANES];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Exp.exp(scores[i] - greatest);
            lanes[i % Tree.LANES] += scores[i];
        }
        sum = Tree.sum(lanes);
        weigh(scores, from);
    }

    private float[] scores(float[] query, int from, int keys) {
        float[] scores = new float[keys];
        for (int i = 0; i < keys; i++) {
            int offset = (from + i) % KvLayout.BLOCK_TOKENS;
            for (int d = 0; d < query.length; d++) {
                float key = load(blockOf(from + i) + keyOffset, (long) d * KvLayout.BLOCK_TOKENS + offset);
                scores[i] = Math.fma(query[d], key, scores[i]);
            }
            if (layout.type().scaleBytes() != 0) {
                scores[i] *= cache.get(F32, blockOf(from + i) + keyOffset + 4L * offset);
            }
        }
        return scores;
    }

    private void weigh(float[] probabilities, int from) {
        for (int i = 0; layout.type().scaleBytes() != 0 && i < probabilities.length; i++) {
            int offset = (from + i) % KvLayout.BLOCK_TOKENS;
            probabilities[i] *= cache.get(F32, blockOf(from + i) + valueOffset + 4L * offset);
        }
        for (int d = 0; d < partial.length; d++) {
            float weighted = 0f;
            for (int i = 0; i < probabilities.length; i++) {
                int offset = (from + i) % KvLayout.BLOCK_TOKENS;
                float value = load(blockOf(from + i) + valueOffset, (long) offset * partial.length + d);
                weighted = Math.fma(probabilities[i], value, weighted);
            }
            partial[d] = weighted;
        }
    }

    private long blockOf(int position) {
        return blockTable.get(I32, position / KvLayout.BLOCK_TOKENS * 4L) * layout.blockBytes();
    }

    private float load(long base, long index) {
        return switch (layout.type()) {
            case F16 -> Float.float16ToFloat(cache.get(I16, base + index * 2));
            case F32 -> cache.get(F32, base + index * 4);
            case Q8 -> cache.get(I8, base + layout.scalesBytes() + index);
        };
    }
}
