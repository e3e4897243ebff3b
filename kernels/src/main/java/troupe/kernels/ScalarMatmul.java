package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I8;

import java.lang.foreign.MemorySegment;

/** The chain of one output element of a matrix product: docs/arithmetic.md as code. */
final class ScalarMatmul {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    private static final int BLOCK = ActivationLayout.BLOCK;
    /** A 64-byte vector of the packed layout has four bytes of each row. */
    private static final long VECTOR_BYTES = 64;

    private final PackedMatrix w;
    private final WeightType type;
    private final MemorySegment x;
    private final int columns;
    private final long scales;
    private final long scaledSums;
    private final long sums;
    private final long lowerSums;

    /** Activations are an {@link ActivationLayout} for {@code tokens} tokens if the type of w is quantized, else f32. */
    ScalarMatmul(PackedMatrix w, MemorySegment activations, int tokens) {
        this.w = w;
        this.type = w.type();
        this.x = activations;
        this.columns = w.columns();
        boolean quantized = type.quantized();
        this.scales = quantized ? ActivationLayout.scalesOffset(tokens, columns) : 0;
        this.scaledSums = quantized ? ActivationLayout.scaledSumsOffset(tokens, columns) : 0;
        this.sums = quantized ? ActivationLayout.sumsOffset(tokens, columns) : 0;
        this.lowerSums = quantized ? ActivationLayout.lowerSumsOffset(tokens, columns) : 0;
    }

    float dot(int row, int token) {
        return type.quantized() ? quantizedDot(row, token) : floatDot(row, token);
    }

    private float floatDot(int row, int token) {
        long group = row / GROUP * w.groupBytes();
        int lane = row % GROUP;
        float sum = 0f;
        for (int k = 0; k < columns; k++) {
            long element = (long) k * GROUP + lane;
            float weight = switch (type) {
                case F32 -> w.data().get(F32, group + element * 4);
                case F16 -> Float.float16ToFloat(w.data().get(I16, group + element * 2));
                case BF16 -> Float.intBitsToFloat(w.data().get(I16, group + element * 2) << 16);
                case Q4_0, Q4_1, Q8_0, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                    throw new IllegalArgumentException("not a float type: " + type);
            };
            sum = Math.fma(weight, x.get(F32, ((long) token * columns + k) * Float.BYTES), sum);
        }
        return sum;
    }

    private float quantizedDot(int row, int token) {
        int lane = row % GROUP;
        int blocksOfHeader = type.blockElements() / BLOCK;
        long header = (long) type.headerBytes() * GROUP;
        long integerBytes = ((long) type.blockBytes() * GROUP - header) / blocksOfHeader;
        long at = row / GROUP * w.groupBytes();
        float result = 0f;
        for (int block = 0; block < columns / BLOCK; block += blocksOfHeader) {
            for (int i = 0; i < blocksOfHeader; i++) {
                result = addBlock(result, at, i, at + header + i * integerBytes, lane, token, block + i);
            }
            at += (long) type.blockBytes() * GROUP;
        }
        return result;
    }

    /**
     * Continues a chain.
     *
     * @param header offset of the block's, or super-block's, scales and minimums
     * @param i the block's number in the super-block
     * @param integers offset of the block's integers
     * @param block the block's number in the row
     */
    private float addBlock(float result, long header, int i, long integers, int lane, int token, int block) {
        long index = ((long) token * (columns / BLOCK) + block) * Float.BYTES;
        long values = (long) token * columns + (long) block * BLOCK;
        float scale = x.get(F32, scales + index);
        float scaledSum = x.get(F32, scaledSums + index);
        int sum = x.get(I32, sums + index);
        int lowerSum = x.get(I32, lowerSums + index);
        int lower = integerDot(integers, lane, values, 0);
        int upper = integerDot(integers, lane, values, BLOCK / 2);
        int dot = lower + upper;
        float d = f16(header + 2L * lane);
        return switch (type) {
            case Q4_0 -> Math.fma(d * scale, (float) (dot - 8 * sum), result);
            case Q5_0 -> Math.fma(d * scale, (float) (dot - 16 * sum), result);
            case Q8_0 -> Math.fma(d * scale, (float) dot, result);
            case Q4_1, Q5_1 -> {
                float minimum = f16(header + 2L * GROUP + 2L * lane);
                yield Math.fma(minimum, scaledSum, Math.fma(d * scale, (float) dot, result));
            }
            case Q4_K, Q5_K -> {
                long packed = header + 4L * GROUP + lane;
                float blockScale = d * sixBitScale(packed, i);
                float minimum = -(f16(header + 2L * GROUP + 2L * lane) * sixBitMinimum(packed, i));
                yield Math.fma(minimum, scaledSum, Math.fma(blockScale * scale, (float) dot, result));
            }
            case Q6_K -> {
                long bytes = header + 2L * GROUP + lane;
                int lowerScale = w.data().get(I8, bytes + 2L * i * GROUP);
                int upperScale = w.data().get(I8, bytes + (2L * i + 1) * GROUP);
                int scaled = lowerScale * (lower - 32 * lowerSum) + upperScale * (upper - 32 * (sum - lowerSum));
                yield Math.fma(d * scale, (float) scaled, result);
            }
            case F32, F16, BF16 -> throw new IllegalArgumentException("not a quantized type: " + type);
        };
    }

    /** The products of half a block's stored integers, from column {@code from} on. */
    private int integerDot(long integers, int lane, long values, int from) {
        int dot = 0;
        for (int k = from; k < from + BLOCK / 2; k++) {
            dot += integer(integers, lane, k) * x.get(I8, values + k);
        }
        return dot;
    }

    /** The stored integer of a column: -128 to 127 for Q8_0, from 0 up to 15, 31 or 63 for the others. */
    private int integer(long integers, int lane, int column) {
        if (type == WeightType.Q8_0) {
            return w.data().get(I8, integers + column / 4 * VECTOR_BYTES + lane * 4L + column % 4);
        }
        int inHalf = column % 16;
        long inVector = lane * 4L + column % 4;
        long nibbles = integers + (long) type.upperBytes() * GROUP;
        int nibble = bits(nibbles + inHalf / 4 * VECTOR_BYTES + inVector, column < 16 ? 0 : 4, 4);
        int upper = switch (type.upperBytes()) {
            case 4 -> bits(integers + inVector, column / 4, 1);
            case 8 -> bits(integers + column / 16 * VECTOR_BYTES + inVector, inHalf / 4 * 2, 2);
            default -> 0;
        };
        return upper * 16 + nibble;
    }

    /** The scale of block i of a super-block of Q4_K or Q5_K. Byte b of a row is at {@code packed + 16 b}. */
    private int sixBitScale(long packed, long i) {
        return i < 4
                ? bits(packed + i * GROUP, 0, 6)
                : bits(packed + (i + 4) * GROUP, 0, 4) + 16 * bits(packed + (i - 4) * GROUP, 6, 2);
    }

    private int sixBitMinimum(long packed, long i) {
        return i < 4
                ? bits(packed + (i + 4) * GROUP, 0, 6)
                : bits(packed + (i + 4) * GROUP, 4, 4) + 16 * bits(packed + i * GROUP, 6, 2);
    }

    /** Some bits of a byte of the matrix, from bit {@code from} up. */
    private int bits(long offset, int from, int count) {
        return (w.data().get(I8, offset) >> from) & ((1 << count) - 1);
    }

    private float f16(long offset) {
        return Float.float16ToFloat(w.data().get(I16, offset));
    }
}
