package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** Attention on the Vector API: a split's keys and values become floats once for a tile of query vectors. */
final class VectorAttention {
    private static final int SPLIT = ScalarAttention.SPLIT;
    private static final int BLOCK = KvLayout.BLOCK_TOKENS;
    /** Query vectors (a row and a head each) that share the conversion of a split. */
    private static final int TILE = 64;

    private final KvLayout layout;
    private final MemorySegment cache;
    private final MemorySegment blockTable;
    private final MemorySegment queries;
    private final MemorySegment out;
    private final int heads;
    private final int sharedHeads;
    private final int firstHead;
    private final long keyOffset;
    private final long valueOffset;
    private final int headDim;

    /** [block of the split][headDim][16 keys]. */
    private final float[] keys;
    /** [key of the split][headDim]. */
    private final float[] values;

    /** One head's keys or values of a block, as they are in the cache. */
    private final short[] halves;

    private final float[] query;
    private final float[] partial;
    private final float[] scores = new float[SPLIT];
    private final float[] lanes = new float[Tree.LANES];

    VectorAttention(
            KvLayout layout,
            int layer,
            int kvHead,
            MemorySegment cache,
            MemorySegment blockTable,
            MemorySegment queries,
            MemorySegment out,
            int heads) {
        this.layout = layout;
        this.cache = cache;
        this.blockTable = blockTable;
        this.queries = queries;
        this.out = out;
        this.heads = heads;
        this.sharedHeads = heads / layout.kvHeads();
        this.firstHead = kvHead * sharedHeads;
        this.keyOffset = layout.keyOffset(layer, kvHead);
        this.valueOffset = layout.valueOffset(layer, kvHead);
        this.headDim = layout.headDim();
        this.keys = new float[SPLIT * headDim];
        this.values = new float[SPLIT * headDim];
        this.halves = new short[BLOCK * headDim];
        this.query = new float[headDim];
        this.partial = new float[headDim];
    }

    void run(int firstRow, int rows, int firstPosition) {
        int vectors = rows * sharedHeads;
        for (int first = 0; first < vectors; first += TILE) {
            tile(firstRow, firstPosition, first, Math.min(TILE, vectors - first));
        }
    }

    private void tile(int firstRow, int firstPosition, int first, int count) {
        float[] outputs = new float[count * headDim];
        float[] greatest = new float[count];
        float[] sums = new float[count];
        int most = firstPosition + (first + count - 1) / sharedHeads + 1;
        for (int from = 0; from < most; from += SPLIT) {
            loadSplit(from, Math.min(SPLIT, most - from));
            for (int i = 0; i < count; i++) {
                int row = (first + i) / sharedHeads;
                int visible = Math.min(SPLIT, firstPosition + row + 1 - from);
                if (visible > 0) {
                    loadQuery(elementOf(firstRow + row, first + i));
                    float splitGreatest = score(visible);
                    float splitSum = softmax(visible, splitGreatest);
                    weigh(visible);
                    merge(outputs, i, from == 0, splitGreatest, splitSum, greatest, sums);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            long at = elementOf(firstRow + (first + i) / sharedHeads, first + i);
            for (int d = 0; d < headDim; d++) {
                out.set(F32, (at + d) * Float.BYTES, outputs[i * headDim + d] / sums[i]);
            }
        }
    }

    private long elementOf(int row, int vector) {
        return ((long) row * heads + firstHead + vector % sharedHeads) * headDim;
    }

    private void loadQuery(long element) {
        float scale = ScalarAttention.scale(headDim);
        for (int d = 0; d < headDim; d++) {
            query[d] = queries.get(F32, (element + d) * Float.BYTES) * scale;
        }
    }

    private void loadSplit(int from, int count) {
        int blockElements = BLOCK * headDim;
        for (int key = 0; key < count; key += BLOCK) {
            long block = blockTable.get(I32, (from + key) / BLOCK * 4L) * layout.blockBytes();
            load(block + keyOffset, keys, key / BLOCK * blockElements, blockElements);
            load(block + valueOffset, values, key / BLOCK * blockElements, blockElements);
        }
    }

    private void load(long offset, float[] into, int at, int count) {
        switch (layout.type()) {
            case F16 -> loadF16(offset, into, at, count);
            case F32 -> MemorySegment.copy(cache, F32, offset, into, at, count);
        }
    }

    private void loadF16(long offset, float[] into, int at, int count) {
        MemorySegment.copy(cache, I16, offset, halves, 0, count);
        Lanes.toFloats(halves, count, into, at);
    }

    /** Fills the scores of the visible keys and negative infinity up to a multiple of 16; returns the greatest. */
    private float score(int visible) {
        int padded = (visible + BLOCK - 1) / BLOCK * BLOCK;
        int key = 0;
        for (; key + 4 * Lanes.COUNT <= padded; key += 4 * Lanes.COUNT) {
            scoreFour(key);
        }
        for (; key < padded; key += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            int at = keyIndex(key);
            for (int d = 0; d < headDim; d++) {
                sum = FloatVector.broadcast(Lanes.FLOATS, query[d])
                        .fma(FloatVector.fromArray(Lanes.FLOATS, keys, at + d * BLOCK), sum);
            }
            sum.intoArray(scores, key);
        }
        Arrays.fill(scores, visible, padded, Float.NEGATIVE_INFINITY);
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < visible; i++) {
            greatest = Math.max(greatest, scores[i]);
        }
        return greatest;
    }

    private int keyIndex(int key) {
        return key / BLOCK * BLOCK * headDim + key % BLOCK;
    }

    private void scoreFour(int key) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int at0 = keyIndex(key);
        int at1 = keyIndex(key + Lanes.COUNT);
        int at2 = keyIndex(key + 2 * Lanes.COUNT);
        int at3 = keyIndex(key + 3 * Lanes.COUNT);
        for (int d = 0; d < headDim; d++) {
            FloatVector q = FloatVector.broadcast(Lanes.FLOATS, query[d]);
            sum0 = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, at0 + d * BLOCK), sum0);
            sum1 = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, at1 + d * BLOCK), sum1);
            sum2 = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, at2 + d * BLOCK), sum2);
            sum3 = q.fma(FloatVector.fromArray(Lanes.FLOATS, keys, at3 + d * BLOCK), sum3);
        }
        sum0.intoArray(scores, key);
        sum1.intoArray(scores, key + Lanes.COUNT);
        sum2.intoArray(scores, key + 2 * Lanes.COUNT);
        sum3.intoArray(scores, key + 3 * Lanes.COUNT);
    }

    private float softmax(int visible, float greatest) {
        for (int part = 0; part < Tree.LANES; part += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int key = part; key < visible + part; key += Tree.LANES) {
                FloatVector p = Lanes.exp(
                        FloatVector.fromArray(Lanes.FLOATS, scores, key).sub(greatest));
                p.intoArray(scores, key);
                sum = sum.add(p);
            }
            sum.intoArray(lanes, part);
        }
        return Tree.sum(lanes);
    }

    private void weigh(int visible) {
        int d = 0;
        for (; d + 4 * Lanes.COUNT <= headDim; d += 4 * Lanes.COUNT) {
            weighFour(visible, d);
        }
        for (; d + Lanes.COUNT <= headDim; d += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int key = 0; key < visible; key++) {
                sum = FloatVector.broadcast(Lanes.FLOATS, scores[key])
                        .fma(FloatVector.fromArray(Lanes.FLOATS, values, key * headDim + d), sum);
            }
            sum.intoArray(partial, d);
        }
        for (; d < headDim; d++) {
            float sum = 0f;
            for (int key = 0; key < visible; key++) {
                sum = Math.fma(scores[key], values[key * headDim + d], sum);
            }
            partial[d] = sum;
        }
    }

    private void weighFour(int visible, int d) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        for (int key = 0; key < visible; key++) {
            FloatVector p = FloatVector.broadcast(Lanes.FLOATS, scores[key]);
            int at = key * headDim + d;
            sum0 = p.fma(FloatVector.fromArray(Lanes.FLOATS, values, at), sum0);
            sum1 = p.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + Lanes.COUNT), sum1);
            sum2 = p.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 2 * Lanes.COUNT), sum2);
            sum3 = p.fma(FloatVector.fromArray(Lanes.FLOATS, values, at + 3 * Lanes.COUNT), sum3);
        }
        sum0.intoArray(partial, d);
        sum1.intoArray(partial, d + Lanes.COUNT);
        sum2.intoArray(partial, d + 2 * Lanes.COUNT);
        sum3.intoArray(partial, d + 3 * Lanes.COUNT);
    }

    private void merge(
            float[] outputs,
            int vector,
            boolean first,
            float splitGreatest,
            float splitSum,
            float[] greatest,
            float[] sums) {
        int at = vector * headDim;
        if (first) {
            greatest[vector] = splitGreatest;
            sums[vector] = splitSum;
            System.arraycopy(partial, 0, outputs, at, headDim);
            return;
        }
        float merged = Math.max(greatest[vector], splitGreatest);
        float before = Exp.exp(greatest[vector] - merged);
        float now = Exp.exp(splitGreatest - merged);
        greatest[vector] = merged;
        sums[vector] = Math.fma(sums[vector], before, splitSum * now);
        for (int d = 0; d < headDim; d++) {
            outputs[at + d] = Math.fma(outputs[at + d], before, partial[d] * now);
        }
    }
}
