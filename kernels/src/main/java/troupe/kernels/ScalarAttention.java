package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;

import java.lang.foreign.MemorySegment;

/** Attention of one query over one sequence's keys and values of one head, split by 256 keys at absolute positions. */
final class ScalarAttention {
    /** Keys in a split. */
    static final int SPLIT = 256;

    private final KvLayout layout;
    private final MemorySegment cache;
    private final MemorySegment blockTable;
    private final long keyOffset;
    private final long valueOffset;
    private final float scale;

    ScalarAttention(KvLayout layout, int layer, int kvHead, MemorySegment cache, MemorySegment blockTable) {
        this.layout = layout;
        this.cache = cache;
        this.blockTable = blockTable;
        this.keyOffset = layout.keyOffset(layer, kvHead);
        this.valueOffset = layout.valueOffset(layer, kvHead);
        this.scale = scale(layout.headDim());
    }

    /** What queries are multiplied by: 1 / sqrt(headDim), computed in double precision and rounded once. */
    static float scale(int headDim) {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** Attends to the positions 0..visible and writes headDim floats to out, both at byte offset {@code at}. */
    void attend(MemorySegment queries, long at, int visible, MemorySegment out) {
        int headDim = layout.headDim();
        float[] query = new float[headDim];
        for (int d = 0; d < headDim; d++) {
            query[d] = queries.get(F32, at + 4L * d) * scale;
        }
        float[] output = new float[headDim];
        float[] partial = new float[headDim];
        float maximum = 0f;
        float sum = 0f;
        for (int from = 0; from < visible; from += SPLIT) {
            float[] scores = scores(query, from, Math.min(SPLIT, visible - from));
            float splitMaximum = Float.NEGATIVE_INFINITY;
            for (float score : scores) {
                splitMaximum = Math.max(splitMaximum, score);
            }
            float[] lanes = new float[Tree.LANES];
            for (int i = 0; i < scores.length; i++) {
                scores[i] = Exp.exp(scores[i] - splitMaximum);
                lanes[i % Tree.LANES] += scores[i];
            }
            float splitSum = Tree.sum(lanes);
            weigh(scores, from, partial);
            if (from == 0) {
                maximum = splitMaximum;
                sum = splitSum;
                System.arraycopy(partial, 0, output, 0, headDim);
            } else {
                float merged = Math.max(maximum, splitMaximum);
                float before = Exp.exp(maximum - merged);
                float now = Exp.exp(splitMaximum - merged);
                sum = Math.fma(sum, before, splitSum * now);
                for (int d = 0; d < headDim; d++) {
                    output[d] = Math.fma(output[d], before, partial[d] * now);
                }
                maximum = merged;
            }
        }
        for (int d = 0; d < headDim; d++) {
            out.set(F32, at + 4L * d, output[d] / sum);
        }
    }

    private float[] scores(float[] query, int from, int keys) {
        float[] scores = new float[keys];
        for (int i = 0; i < keys; i++) {
            int offset = (from + i) % KvLayout.BLOCK_TOKENS;
            for (int d = 0; d < query.length; d++) {
                float key = load(blockOf(from + i) + keyOffset, (long) d * KvLayout.BLOCK_TOKENS + offset);
                scores[i] = Math.fma(query[d], key, scores[i]);
            }
        }
        return scores;
    }

    private void weigh(float[] probabilities, int from, float[] partial) {
        for (int d = 0; d < partial.length; d++) {
            float sum = 0f;
            for (int i = 0; i < probabilities.length; i++) {
                int offset = (from + i) % KvLayout.BLOCK_TOKENS;
                float value = load(blockOf(from + i) + valueOffset, (long) offset * partial.length + d);
                sum = Math.fma(probabilities[i], value, sum);
            }
            partial[d] = sum;
        }
    }

    private long blockOf(int position) {
        return blockTable.get(I32, position / KvLayout.BLOCK_TOKENS * 4L) * layout.blockBytes();
    }

    private float load(long base, long index) {
        return switch (layout.type()) {
            case F16 -> Float.float16ToFloat(cache.get(I16, base + index * 2));
            case F32 -> cache.get(F32, base + index * 4);
        };
    }
}
