package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I32;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Quantized activations of some tokens in the form that the tiles multiply: two of them as 16-bit integers in an int,
 * which is broadcast to the lanes of all rows. A block's 16 ints are the even columns, (x[0], x[2]) to (x[28], x[30]),
 * and the odd ones, (x[1], x[3]) to (x[29], x[31]), the first of a pair in the lower half. One thread's, reused.
 */
final class PairedActivations {
    /** Ints of a block. */
    static final int BLOCK_PAIRS = ActivationLayout.BLOCK / 2;

    /** Pairs of a vector, four to be independent of the platform's vectors. */
    private static final int STEP = 4;

    /** [token][block][8 of even columns, 8 of odd columns]. */
    int[] pairs = {};

    /** [token][block]. */
    float[] scales = {};

    /** [token][block]. */
    float[] scaledSums = {};

    /** [token][block]. */
    int[] sums = {};

    /**
     * Takes over some tokens.
     *
     * @param activations {@link ActivationLayout} for {@code capacity} tokens
     * @param first the first of the tokens
     */
    void load(MemorySegment activations, int capacity, int columns, int first, int tokens) {
        int blocks = columns / ActivationLayout.BLOCK;
        int count = tokens * blocks;
        if (sums.length < count) {
            pairs = new int[count * BLOCK_PAIRS];
            scales = new float[count];
            scaledSums = new float[count];
            sums = new int[count];
        }
        long scalesAt = ActivationLayout.scalesOffset(capacity, columns);
        long scaledSumsAt = ActivationLayout.scaledSumsOffset(capacity, columns);
        long sumsAt = ActivationLayout.sumsOffset(capacity, columns);
        for (int token = 0, i = 0; token < tokens; token++) {
            pair(activations, ActivationLayout.valuesOffset(columns, first + token, 0), i, i + blocks);
            for (int block = 0; block < blocks; block++, i++) {
                long at = ActivationLayout.offset(capacity, columns, first + token, block);
                scales[i] = activations.get(F32, scalesAt + at);
                scaledSums[i] = activations.get(F32, scaledSumsAt + at);
                sums[i] = activations.get(I32, sumsAt + at);
            }
        }
    }

    private void pair(MemorySegment activations, long at, int fromBlock, int toBlock) {
        for (int block = fromBlock; block < toBlock; block++) {
            int i = block * BLOCK_PAIRS;
            for (int end = i + BLOCK_PAIRS / 2; i < end; i += STEP, at += 4 * STEP) {
                ShortVector x = ShortVector.fromMemorySegment(ShortVector.SPECIES_128, activations, at, Lanes.ORDER);
                ShortVector even = x.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
                ShortVector odd = x.lanewise(VectorOperators.ASHR, 8);
                even.reinterpretAsInts().intoArray(pairs, i);
                odd.reinterpretAsInts().intoArray(pairs, i + BLOCK_PAIRS / 2);
            }
        }
    }
}
