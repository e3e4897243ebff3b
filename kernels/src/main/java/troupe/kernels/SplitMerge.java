package troupe.kernels;

import static troupe.kernels.Memory.F32;

import java.lang.foreign.MemorySegment;

/**
 * Merges the results of one query vector's splits, given in ascending order, as an online softmax does
 * (docs/arithmetic.md). A result waits in memory as headDim weighted values, the greatest score and the sum.
 */
final class SplitMerge {
    private final float[] output;
    private float greatest;
    private float sum;
    private boolean empty = true;

    SplitMerge(int headDim) {
        output = new float[headDim];
    }

    /** Adds the next split's result; {@code partial} has headDim elements or more. */
    void add(float[] partial, float splitGreatest, float splitSum) {
        if (empty) {
            empty = false;
            greatest = splitGreatest;
            sum = splitSum;
            System.arraycopy(partial, 0, output, 0, output.length);
            return;
        }
        float merged = Math.max(greatest, splitGreatest);
        float before = Exp.exp(greatest - merged);
        float now = Exp.exp(splitGreatest - merged);
        sum = Math.fma(sum, before, splitSum * now);
        for (int d = 0; d < output.length; d++) {
            output[d] = Math.fma(output[d], before, partial[d] * now);
        }
        greatest = merged;
    }

    /** Writes the attention's result at a byte offset. */
    void write(MemorySegment out, long at) {
        for (int d = 0; d < output.length; d++) {
            out.set(F32, at + 4L * d, output[d] / sum);
        }
    }

    /** Byte offset of a vector's result among those of all splits and the vectors that share a head. */
    static long offset(int headDim, int sharedHeads, int split, int vector) {
        return ((long) split * sharedHeads + vector) * (headDim + 2) * Float.BYTES;
    }

    static void store(MemorySegment splits, long at, float[] partial, int headDim, float greatest, float sum) {
        MemorySegment.copy(partial, 0, splits, F32, at, headDim);
        splits.set(F32, at + 4L * headDim, greatest);
        splits.set(F32, at + 4L * headDim + 4, sum);
    }

    /** {@link Kernels#mergeSplits} of results that {@link #store} wrote. */
    static void merge(
            KvLayout layout, MemorySegment splits, int count, int heads, int row, int kvHead, MemorySegment out) {
        int headDim = layout.headDim();
        int shared = heads / layout.kvHeads();
        float[] partial = new float[headDim];
        for (int vector = 0; vector < shared; vector++) {
            SplitMerge merge = new SplitMerge(headDim);
            for (int split = 0; split < count; split++) {
                long at = offset(headDim, shared, split, vector);
                MemorySegment.copy(splits, F32, at, partial, 0, headDim);
                merge.add(partial, splits.get(F32, at + 4L * headDim), splits.get(F32, at + 4L * headDim + 4));
            }
            merge.write(out, ((long) row * heads + (long) kvHead * shared + vector) * headDim * Float.BYTES);
        }
    }
}
