package troupe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The loops of Q8_0. A 32-bit lane holds four integers of a row, in two 16-bit lanes: their low bytes are multiplied with
 * one pair of activations, their high bytes with another. Two products fit 16 bits, 2 * 128 * 127 = 32512; further ones
 * are added in 32. {@link NibbleTiles} says why the code looks as it does.
 */
final class ByteTiles {
    /** Bytes of a block's integers. */
    private static final int INTEGERS = PackedMatrix.GROUP_ROWS * ActivationLayout.BLOCK;
    /** Bytes of a 64-byte vector of integers: four columns. */
    private static final int LINE = 64;
    /** Pairs of activations to skip after a block: a line advances by one, a block has sixteen. */
    private static final int PAIRS_LEFT = PairedActivations.BLOCK_PAIRS - INTEGERS / LINE;

    private ByteTiles() {}

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
        FloatVector result0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector result3 = FloatVector.zero(Lanes.FLOATS);
        long at = 0;
        int x = token * blocks * PairedActivations.BLOCK_PAIRS;
        for (int block = token * blocks; block < (token + 1) * blocks; block++) {
            HalfVectors.four(data, scales0 + at, scales1 + at, scales2 + at, scales3 + at, headers, 0);
            IntVector dot0 = IntVector.zero(Lanes.INTS);
            IntVector dot1 = IntVector.zero(Lanes.INTS);
            IntVector dot2 = IntVector.zero(Lanes.INTS);
            IntVector dot3 = IntVector.zero(Lanes.INTS);
            for (long end = at + INTEGERS; at != end; at += LINE, x++) {
                ShortVector even = IntVector.broadcast(Lanes.INTS, pairs[x]).reinterpretAsShorts();
                ShortVector odd = IntVector.broadcast(Lanes.INTS, pairs[x + 8]).reinterpretAsShorts();
                ShortVector packed0 = ShortVector.fromMemorySegment(Lanes.SHORTS, data, vector0 + at, Lanes.ORDER);
                IntVector pair0 = packed0.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(even)
                        .add(packed0.lanewise(VectorOperators.ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                dot0 = dot0.add(pair0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair0.lanewise(VectorOperators.ASHR, 16));
                ShortVector packed1 = ShortVector.fromMemorySegment(Lanes.SHORTS, data, vector1 + at, Lanes.ORDER);
                IntVector pair1 = packed1.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(even)
                        .add(packed1.lanewise(VectorOperators.ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                dot1 = dot1.add(pair1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair1.lanewise(VectorOperators.ASHR, 16));
                ShortVector packed2 = ShortVector.fromMemorySegment(Lanes.SHORTS, data, vector2 + at, Lanes.ORDER);
                IntVector pair2 = packed2.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(even)
                        .add(packed2.lanewise(VectorOperators.ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                dot2 = dot2.add(pair2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair2.lanewise(VectorOperators.ASHR, 16));
                ShortVector packed3 = ShortVector.fromMemorySegment(Lanes.SHORTS, data, vector3 + at, Lanes.ORDER);
                IntVector pair3 = packed3.lanewise(VectorOperators.LSHL, 8)
                        .lanewise(VectorOperators.ASHR, 8)
                        .mul(even)
                        .add(packed3.lanewise(VectorOperators.ASHR, 8).mul(odd))
                        .reinterpretAsInts();
                dot3 = dot3.add(pair3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair3.lanewise(VectorOperators.ASHR, 16));
            }
            at += headerBytes;
            x += PAIRS_LEFT;
            float scale = activations.scales[block];
            result0 = FloatVector.fromArray(Lanes.FLOATS, headers, 0)
                    .mul(scale)
                    .fma((FloatVector) dot0.convert(VectorOperators.I2F, 0), result0);
            result1 = FloatVector.fromArray(Lanes.FLOATS, headers, Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot1.convert(VectorOperators.I2F, 0), result1);
            result2 = FloatVector.fromArray(Lanes.FLOATS, headers, 2 * Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot2.convert(VectorOperators.I2F, 0), result2);
            result3 = FloatVector.fromArray(Lanes.FLOATS, headers, 3 * Lanes.COUNT)
                    .mul(scale)
                    .fma((FloatVector) dot3.convert(VectorOperators.I2F, 0), result3);
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
            IntVector dot0 = IntVector.zero(Lanes.INTS);
            IntVector dot1 = IntVector.zero(Lanes.INTS);
            IntVector dot2 = IntVector.zero(Lanes.INTS);
            IntVector dot3 = IntVector.zero(Lanes.INTS);
            for (long end = at + INTEGERS; at != end; at += LINE, x++) {
                ShortVector packed = ShortVector.fromMemorySegment(Lanes.SHORTS, data, at, Lanes.ORDER);
                ShortVector even = packed.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 8);
                ShortVector odd = packed.lanewise(VectorOperators.ASHR, 8);
                IntVector pair0 = even.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x]).reinterpretAsShorts())
                        .add(odd.mul(
                                IntVector.broadcast(Lanes.INTS, pairs[x + 8]).reinterpretAsShorts()))
                        .reinterpretAsInts();
                dot0 = dot0.add(pair0.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair0.lanewise(VectorOperators.ASHR, 16));
                IntVector pair1 = even.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride])
                                .reinterpretAsShorts())
                        .add(odd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + stride + 8])
                                .reinterpretAsShorts()))
                        .reinterpretAsInts();
                dot1 = dot1.add(pair1.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair1.lanewise(VectorOperators.ASHR, 16));
                IntVector pair2 = even.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride])
                                .reinterpretAsShorts())
                        .add(odd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 2 * stride + 8])
                                .reinterpretAsShorts()))
                        .reinterpretAsInts();
                dot2 = dot2.add(pair2.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair2.lanewise(VectorOperators.ASHR, 16));
                IntVector pair3 = even.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride])
                                .reinterpretAsShorts())
                        .add(odd.mul(IntVector.broadcast(Lanes.INTS, pairs[x + 3 * stride + 8])
                                .reinterpretAsShorts()))
                        .reinterpretAsInts();
                dot3 = dot3.add(pair3.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16))
                        .add(pair3.lanewise(VectorOperators.ASHR, 16));
            }
            at += headerBytes;
            x += PAIRS_LEFT;
            FloatVector scale = FloatVector.fromArray(Lanes.FLOATS, headers, 0);
            result0 = scale.mul(activations.scales[block])
                    .fma((FloatVector) dot0.convert(VectorOperators.I2F, 0), result0);
            result1 = scale.mul(activations.scales[block + blocks])
                    .fma((FloatVector) dot1.convert(VectorOperators.I2F, 0), result1);
            result2 = scale.mul(activations.scales[block + 2 * blocks])
                    .fma((FloatVector) dot2.convert(VectorOperators.I2F, 0), result2);
            result3 = scale.mul(activations.scales[block + 3 * blocks])
                    .fma((FloatVector) dot3.convert(VectorOperators.I2F, 0), result3);
        }
        result0.intoArray(results, 0);
        result1.intoArray(results, Lanes.COUNT);
        result2.intoArray(results, 2 * Lanes.COUNT);
        result3.intoArray(results, 3 * Lanes.COUNT);
    }
}
