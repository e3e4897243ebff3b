package troupe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of Q4_0 and Q4_1. A 32-bit lane holds eight integers of a row; shifted and masked, it is a pair of 16-bit
 * lanes for the product with a pair of activations. A block's sixteen products of a 16-bit lane are added there: 16 *
 * 15 * 127 = 30480 fits.
 *
 * <p>Written for the compiler. Everything is spelled out, since it inlines the methods of the Vector API without limit
 * but others only up to 8000 bytecodes, theirs included, and a vector passed to a call goes to the heap. Shifts are
 * of 32-bit lanes because those of 16-bit lanes have no instruction with a constant there. The inner loops end by
 * inequality so that they are not taken for counted loops, which would be cut in three for the sake of bounds checks.
 * A block's scales are converted right before its integers, since a pass over all of them first would read memory in
 * strides that the processor does not fetch ahead.
 */
final class NibbleTiles {
    private static final int NIBBLES = 0x000f000f;
    /** Bytes of a block's integers. */
    private static final int INTEGERS = PackedMatrix.GROUP_ROWS * ActivationLayout.BLOCK / 2;
    /** Bytes of a 64-byte vector of integers: four columns of the low and four of the high nibbles. */
    private static final int LINE = 64;
    /** Pairs of activations to skip after a block: a line advances by one, a block has sixteen. */
    private static final int PAIRS_LEFT = PairedActivations.BLOCK_PAIRS - INTEGERS / LINE;

    private NibbleTiles() {}

    /**
     * Four row vectors by one token. Vectors beyond the last of the strip repeat it.
     *
     * @param group the strip's first group
     * @param last index of the strip's last row vector
     * @param headers overwritten, room for eight vectors
     * @param token index in activations
     * @param results [row vector][lane], written
     */
    static void fourVectors(
            PackedMatrix w,
            int group,
            int last,
            float[] headers,
            PairedActivations activations,
            int token,
            float[] results) {
        MemorySegment data = w.data();
        int blocks = w.columns() / ActivationLayout.BLOCK;
        int headerBytes = w.type().headerBytes() * PackedMatrix.GROUP_ROWS;
        int[] pairs = activations.pairs;
        long scales0 = VectorQuantizedMatmul.scalesOffset(w, group, 0);
        long scales1 = VectorQuantizedMatmul.scalesOffset(w, group, Math.min(1, last));
        long scales2 = VectorQuantizedMatmul.scalesOffset(w, group, Math.min(2, last));
        long scales3 = VectorQuantizedMatmul.scalesOffset(w, group, Math.min(3, last));
        long vector0 = VectorQuantizedMatmul.integersOffset(w, group, 0);
        long vector1 = VectorQuantizedMatmul.integersOffset(w, group, Math.min(1, last));
        long vector2 = VectorQuantizedMatmul.integersOffset(w, group, Math.min(2, last));
        long vector3 = VectorQuantizedMatmul.integersOffset(w, group, Math.min(3, last));
        boolean minimums = w.type() == WeightType.Q4_1;
        int offset = minimums ? 0 : 8;
        FloatVector result0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result3 = FloatVector.zero(Lanes.FLOATS);
        long at = 0;
        int x = token * blocks * PairedActivations.BLOCK_PAIRS;
        for (int block = token * blocks; block < (token + 1) * blocks; block++) {
            HalfVectors.four(data, scales0 + at, scales1 + at, scales2 + at, scales3 + at, headers, 0);
            if (minimums) {
                long m = at + Short.BYTES * PackedMatrix.GROUP_ROWS;
                HalfVectors.four(data, scales0 + m, scales1 + m, scales2 + m, scales3 + m, headers, 4 * Lanes.COUNT);
            }
            ShortVector sum0 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum1 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum2 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum3 = ShortVector.zero(Lanes.SHORTS);
            for (long end = at + INTEGERS; at != end; at += LINE, x++) {
                ShortVector lowEven = IntVector.broadcast(Lanes.INTS, pairs[x]).reinterpretAsShorts();
                ShortVector highEven =
                        IntVector.broadcast(Lanes.INTS, pairs[x + 4]).reinterpretAsShorts();
                ShortVector lowOdd =
                        IntVector.broadcast(Lanes.INTS, pairs[x + 8]).reinterpretAsShorts();
                ShortVector highOdd =
                        IntVector.broadcast(Lanes.INTS, pairs[x + 12]).reinterpretAsShorts();
                IntVector packed0 = IntVector.fromMemorySegment(Lanes.INTS, data, vector0 + at, Lanes.ORDER);
                sum0 = sum0.add(packed0.and(NIBBLES).reinterpretAsShorts().mul(lowEven))
                        .add(packed0.lanewise(VectorOperators.LSHR, 4)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highEven))
                        .add(packed0.lanewise(VectorOperators.LSHR, 8)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(lowOdd))
                        .add(packed0.lanewise(VectorOperators.LSHR, 12)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highOdd));
                IntVector packed1 = IntVector.fromMemorySegment(Lanes.INTS, data, vector1 + at, Lanes.ORDER);
                sum1 = sum1.add(packed1.and(NIBBLES).reinterpretAsShorts().mul(lowEven))
                        .add(packed1.lanewise(VectorOperators.LSHR, 4)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highEven))
                        .add(packed1.lanewise(VectorOperators.LSHR, 8)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(lowOdd))
                        .add(packed1.lanewise(VectorOperators.LSHR, 12)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highOdd));
                IntVector packed2 = IntVector.fromMemorySegment(Lanes.INTS, data, vector2 + at, Lanes.ORDER);
                sum2 = sum2.add(packed2.and(NIBBLES).reinterpretAsShorts().mul(lowEven))
                        .add(packed2.lanewise(VectorOperators.LSHR, 4)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highEven))
                        .add(packed2.lanewise(VectorOperators.LSHR, 8)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(lowOdd))
                        .add(packed2.lanewise(VectorOperators.LSHR, 12)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highOdd));
                IntVector packed3 = IntVector.fromMemorySegment(Lanes.INTS, data, vector3 + at, Lanes.ORDER);
                sum3 = sum3.add(packed3.and(NIBBLES).reinterpretAsShorts().mul(lowEven))
                        .add(packed3.lanewise(VectorOperators.LSHR, 4)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highEven))
                        .add(packed3.lanewise(VectorOperators.LSHR, 8)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(lowOdd))
                        .add(packed3.lanewise(VectorOperators.LSHR, 12)
                                .and(NIBBLES)
                                .reinterpretAsShorts()
                                .mul(highOdd));
            }
            at += headerBytes;
            x += PAIRS_LEFT;
            int bias = offset * activations.sums[block];
            float scale = activations.scales[block];
            IntVector pair0 = sum0.reinterpretAsInts();
            IntVector dot0 = pair0.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair0.lanewise(VectorOperators.ASHR, 16))
                    .sub(bias);
            result0 = FloatVector.fromArray(Lanes.FLOATS, headers, 0)
                    .mul(scale)
                    .fma((FloatVector) dot0.convert(VectorOperators.I2F, 0), result0);
            IntVector pair1 = sum1.reinterpretAsInts();
            IntVector dot1 = pair1.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair1.lanewise(VectorOperators.ASHR, 16))
                    .sub(bias);
            result1 = FloatVector.fromArray(Lanes.FLOATS, headers, Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot1.convert(VectorOperators.I2F, 0), result1);
            IntVector pair2 = sum2.reinterpretAsInts();
            IntVector dot2 = pair2.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair2.lanewise(VectorOperators.ASHR, 16))
                    .sub(bias);
            result2 = FloatVector.fromArray(Lanes.FLOATS, headers, 2 * Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot2.convert(VectorOperators.I2F, 0), result2);
            IntVector pair3 = sum3.reinterpretAsInts();
            IntVector dot3 = pair3.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair3.lanewise(VectorOperators.ASHR, 16))
                    .sub(bias);
            result3 = FloatVector.fromArray(Lanes.FLOATS, headers, 3 * Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot3.convert(VectorOperators.I2F, 0), result3);
            if (minimums) {
                FloatVector scaledSum = FloatVector.broadcast(Lanes.FLOATS, activations.scaledSums[block]);
                result0 = FloatVector.fromArray(Lanes.FLOATS, headers, 4 * Lanes.COUNT)
                        .fma(scaledSum, result0);
                result1 = FloatVector.fromArray(Lanes.FLOATS, headers, 5 * Lanes.COUNT)
                        .fma(scaledSum, result1);
                result2 = FloatVector.fromArray(Lanes.FLOATS, headers, 6 * Lanes.COUNT)
                        .fma(scaledSum, result2);
                result3 = FloatVector.fromArray(Lanes.FLOATS, headers, 7 * Lanes.COUNT)
                        .fma(scaledSum, result3);
            }
        }
        result0.intoArray(results, 0);
        result1.intoArray(results, Lanes.COUNT);
        result2.intoArray(results, 2 * Lanes.COUNT);
        result3.intoArray(results, 3 * Lanes.COUNT);
    }

    /**
     * One row vector by four tokens.
     *
     * @param group the strip's first group
     * @param vector index of the row vector in the strip
     * @param headers overwritten, room for eight vectors
     * @param token index of the first token in activations
     * @param results [token][lane], written
     */
    static void fourTokens(
            PackedMatrix w,
            int group,
            int vector,
            float[] headers,
            PairedActivations activations,
            int token,
            float[] results) {
        MemorySegment data = w.data();
        int blocks = w.columns() / ActivationLayout.BLOCK;
        int headerBytes = w.type().headerBytes() * PackedMatrix.GROUP_ROWS;
        int stride = blocks * PairedActivations.BLOCK_PAIRS;
        int[] pairs = activations.pairs;
        boolean minimums = w.type() == WeightType.Q4_1;
        int offset = minimums ? 0 : 8;
        FloatVector result0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result3 = FloatVector.zero(Lanes.FLOATS);
        long scales = VectorQuantizedMatmul.scalesOffset(w, group, vector);
        long at = VectorQuantizedMatmul.integersOffset(w, group, vector);
        int x = token * stride;
        for (int block = token * blocks; block < (token + 1) * blocks; block++) {
            HalfVectors.two(data, scales, scales + Short.BYTES * PackedMatrix.GROUP_ROWS, headers, 0);
            scales += headerBytes + INTEGERS;
            ShortVector sum0 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum1 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum2 = ShortVector.zero(Lanes.SHORTS);
            ShortVector sum3 = ShortVector.zero(Lanes.SHORTS);
            for (long end = at + INTEGERS; at != end; at += LINE, x++) {
                IntVector packed = IntVector.fromMemorySegment(Lanes.INTS, data, at, Lanes.ORDER);
                ShortVector lowEven = packed.and(NIBBLES).reinterpretAsShorts();
                ShortVector highEven =
                        packed.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).reinterpretAsShorts();
                ShortVector lowOdd =
                        packed.lanewise(VectorOperators.LSHR, 8).and(NIBBLES).reinterpretAsShorts();
                ShortVector highOdd =
                        packed.lanewise(VectorOperators.LSHR, 12).and(NIBBLES).reinterpretAsShorts();
                sum0 = sum0.add(lowEven.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x]).reinterpretAsShorts()))
                        .add(highEven.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x + 4]).reinterpretAsShorts()))
                        .add(lowOdd.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x + 8]).reinterpretAsShorts()))
                        .add(highOdd.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x + 12]).reinterpretAsShorts()));
                sum1 = sum1.add(lowEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride])
                                .reinterpretAsShorts()))
                        .add(highEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride + 4])
                                .reinterpretAsShorts()))
                        .add(lowOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride + 8])
                                .reinterpretAsShorts()))
                        .add(highOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride + 12])
                                .reinterpretAsShorts()));
                sum2 = sum2.add(lowEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride])
                                .reinterpretAsShorts()))
                        .add(highEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride + 4])
                                .reinterpretAsShorts()))
                        .add(lowOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride + 8])
                                .reinterpretAsShorts()))
                        .add(highOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride + 12])
                                .reinterpretAsShorts()));
                sum3 = sum3.add(lowEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride])
                                .reinterpretAsShorts()))
                        .add(highEven.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride + 4])
                                .reinterpretAsShorts()))
                        .add(lowOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride + 8])
                                .reinterpretAsShorts()))
                        .add(highOdd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride + 12])
                                .reinterpretAsShorts()));
            }
            at += headerBytes;
            x += PAIRS_LEFT;
            FloatVector scale = FloatVector.fromArray(Lanes.FLOATS, headers, 0);
            IntVector pair0 = sum0.reinterpretAsInts();
            IntVector dot0 = pair0.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair0.lanewise(VectorOperators.ASHR, 16))
                    .sub(offset * activations.sums[block]);
            result0 = scale.mul(activations.scales[block])
                    .fma((FloatVector) dot0.convert(VectorOperators.I2F, 0), result0);
            IntVector pair1 = sum1.reinterpretAsInts();
            IntVector dot1 = pair1.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair1.lanewise(VectorOperators.ASHR, 16))
                    .sub(offset * activations.sums[block + blocks]);
            result1 = scale.mul(activations.scales[block + blocks])
                    .fma((FloatVector) dot1.convert(VectorOperators.I2F, 0), result1);
            IntVector pair2 = sum2.reinterpretAsInts();
            IntVector dot2 = pair2.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair2.lanewise(VectorOperators.ASHR, 16))
                    .sub(offset * activations.sums[block + 2 * blocks]);
            result2 = scale.mul(activations.scales[block + 2 * blocks])
                    .fma((FloatVector) dot2.convert(VectorOperators.I2F, 0), result2);
            IntVector pair3 = sum3.reinterpretAsInts();
            IntVector dot3 = pair3.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 16)
                    .add(pair3.lanewise(VectorOperators.ASHR, 16))
                    .sub(offset * activations.sums[block + 3 * blocks]);
            result3 = scale.mul(activations.scales[block + 3 * blocks])
                    .fma((FloatVector) dot3.convert(VectorOperators.I2F, 0), result3);
            if (minimums) {
                FloatVector minimum = FloatVector.fromArray(Lanes.FLOATS, headers, Lanes.COUNT);
                result0 = minimum.fma(FloatVector.broadcast(Lanes.FLOATS, activations.scaledSums[block]), result0);
                result1 = minimum.fma(
                        FloatVector.broadcast(Lanes.FLOATS, activations.scaledSums[block + blocks]), result1);
                result2 = minimum.fma(
                        FloatVector.broadcast(Lanes.FLOATS, activations.scaledSums[block + 2 * blocks]), result2);
                result3 = minimum.fma(
                        FloatVector.broadcast(Lanes.FLOATS, activations.scaledSums[block + 3 * blocks]), result3);
            }
        }
        result0.intoArray(results, 0);
        result1.intoArray(results, Lanes.COUNT);
        result2.intoArray(results, 2 * Lanes.COUNT);
        result3.intoArray(results, 3 * Lanes.COUNT);
    }
}
