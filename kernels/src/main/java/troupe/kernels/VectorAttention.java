package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I8;

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

    /** The same where they are int8. */
    private final byte[] bytes;

    private final float[] keyScales = new float[SPLIT];
    private final float[] valueScales = new float[SPLIT];

    private final float[] query;
    private final float[] scores = new float[SPLIT];
    private final float[] lanes = new float[Tree.LANES];

    // The result of the current query vector and split.
    private final float[] partial;
    private float greatest;
    private float sum;

    VectorAttention(
            KvLayout layout,
            int layer,
            int kvHead,
            MemorySegment cache,
            MemorySegment blockTable,
            MemorySegment queries,
            int heads) {
        this.layout = layout;
        this.cache = cache;
        this.blockTable = blockTable;
        this.queries = queries;
        this.heads = heads;
        this.sharedHeads = heads / layout.kvHeads();
        this.firstHead = kvHead * sharedHeads;
        this.keyOffset = layout.keyOffset(layer, kvHead);
        this.valueOffset = layout.valueOffset(layer, kvHead);
        this.headDim = layout.headDim();
        this.keys = new float[SPLIT * headDim];
        this.values = new float[SPLIT * headDim];
        this.halves = new short[layout.type() == KvType.F16 ? BLOCK * headDim : 0];
        this.bytes = new byte[layout.type() == KvType.Q8 ? BLOCK * headDim : 0];
        this.query = new float[headDim];
        this.partial = new float[headDim];
    }

    void run(int firstRow, int rows, int firstPosition, MemorySegment out) {
        int vectors = rows * sharedHeads;
        for (int first = 0; first < vectors; first += TILE) {
            tile(firstRow, firstPosition, first, Math.min(TILE, vectors - first), out);
        }
    }

    private void tile(int firstRow, int firstPosition, int first, int count, MemorySegment out) {
        SplitMerge[] merges = new SplitMerge[count];
        Arrays.setAll(merges, i -> new SplitMerge(headDim));
        int most = firstPosition + (first + count - 1) / sharedHeads + 1;
        for (int split = 0; split < KvLayout.splits(most); split++) {
            int from = split * SPLIT;
            loadSplit(from, Math.min(SPLIT, most - from));
            for (int i = 0; i < count; i++) {
                int row = (first + i) / sharedHeads;
                int visible = Math.min(SPLIT, firstPosition + row + 1 - from);
                if (visible > 0) {
                    attend(elementOf(firstRow + row, first + i), visible);
                    merges[i].add(partial, greatest, sum);
                }
            }
        }
        for (int i = 0; i < count; i++) {
            merges[i].write(out, elementOf(firstRow + (first + i) / sharedHeads, first + i) * Float.BYTES);
        }
    }

    void runSplits(int row, int position, int fromSplit, int toSplit, MemorySegment splits) {
        for (int split = fromSplit; split < toSplit; split++) {
            int visible = Math.min(SPLIT, position + 1 - split * SPLIT);
            loadSplit(split * SPLIT, visible);
            for (int vector = 0; vector < sharedHeads; vector++) {
                attend(elementOf(row, vector), visible);
                long to = SplitMerge.offset(headDim, sharedHeads, split, vector);
                SplitMerge.store(splits, to, partial, headDim, greatest, sum);
            }
        }
    }

    /** Fills partial, greatest and sum from the split that is loaded. */
    private void attend(long queryElement, int visible) {
        loadQuery(queryElement);
        greatest = score(visible);
        sum = softmax(visible, greatest);
        if (layout.type().scaleBytes() != 0) {
            multiply(scores, valueScales, visible);
        }
        weigh(visible);
    }

    private static void multiply(float[] values, float[] factors, int count) {
        for (int i = 0; i < count; i++) {
            values[i] *= factors[i];
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
            if (layout.type().scaleBytes() != 0) {
                MemorySegment.copy(cache, F32, block + keyOffset, keyScales, key, BLOCK);
                MemorySegment.copy(cache, F32, block + valueOffset, valueScales, key, BLOCK);
            }
        }
    }

    private void load(long offset, float[] into, int at, int count) {
        switch (layout.type()) {
            case F16 -> loadF16(offset, into, at, count);
            case F32 -> MemorySegment.copy(cache, F32, offset, into, at, count);
            case Q8 -> loadQ8(offset + layout.scalesBytes(), into, at, count);
        }
    }

    private void loadF16(long offset, float[] into, int at, int count) {
        MemorySegment.copy(cache, I16, offset, halves, 0, count);
        Lanes.toFloats(halves, count, into, at);
    }

    private void loadQ8(long offset, float[] into, int at, int count) {
        MemorySegment.copy(cache, I8, offset, bytes, 0, count);
        for (int i = 0; i < count; i++) {
            into[at + i] = bytes[i];
        }
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
        if (layout.type().scaleBytes() != 0) {
            multiply(scores, keyScales, visible);
        }
        Arrays.fill(scores, visible, padded, Float.NEGATIVE_INFINITY);
        float most = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < visible; i++) {
            most = Math.max(most, scores[i]);
        }
        return most;
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

    private float softmax(int visible, float most) {
        for (int part = 0; part < Tree.LANES; part += Lanes.COUNT) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int key = part; key < visible + part; key += Tree.LANES) {
                FloatVector p = Lanes.exp(
                        FloatVector.fromArray(Lanes.FLOATS, scores, key).sub(most));
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
}
