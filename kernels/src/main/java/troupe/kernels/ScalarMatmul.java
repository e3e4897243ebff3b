package troupe.kernels;

import static troupe.kernels.Memory.F32;
import static troupe.kernels.Memory.I16;
import static troupe.kernels.Memory.I32;
import static troupe.kernels.Memory.I8;

import java.lang.foreign.MemorySegment;

/** The chains of the output elements of a matrix product, row after row: docs/arithmetic.md as code. */
final class ScalarMatmul {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    private static final int BLOCK = ActivationLayout.BLOCK;
    /** A 64-byte vector of the packed layout has four bytes of each row. */
    private static final long VECTOR_BYTES = 64;

    private final PackedMatrix w;
    private final WeightType type;
    private final MemorySegment x;
    private final int tokens;
    private final int columns;
    private final long scales;
    private final long scaledSums;
    private final long sums;
    private final long lowerSums;

    /** The stored integers of the chosen row, or its floats. */
    private final int[] rowIntegers;

    private final float[] rowFloats;
    private long group;
    private int lane;

    /** Activations are an {@link ActivationLayout} for {@code tokens} tokens if the type of w is quantized, else f32. */
    ScalarMatmul(PackedMatrix w, MemorySegment activations, int tokens) {
        this.w = w;
        this.type = w.type();
        this.x = activations;
        this.columns = w.columns();
        this.tokens = tokens;
        boolean quantized = type.quantized();
        this.scales = quantized ? ActivationLayout.scalesOffset(tokens, columns) : 0;
        this.scaledSums = quantized ? ActivationLayout.scaledSumsOffset(tokens, columns) : 0;
        this.sums = quantized ? ActivationLayout.sumsOffset(tokens, columns) : 0;
        this.lowerSums = quantized ? ActivationLayout.lowerSumsOffset(tokens, columns) : 0;
        this.rowIntegers = new int[quantized ? columns : 0];
        this.rowFloats = new float[quantized ? 0 : columns];
    }

    /** Chooses the row that {@link #dot} multiplies. */
    void selectRow(int row) {
        group = row / GROUP * w.groupBytes();
        lane = row % GROUP;
        if (type.quantized()) {
            for (int block = 0; block < columns / BLOCK; block++) {
                for (int k = 0; k < BLOCK; k++) {
                    rowIntegers[block * BLOCK + k] = integer(integersOffset(block), k);
                }
            }
        } else {
            for (int k = 0; k < columns; k++) {
                rowFloats[k] = weight((long) k * GROUP + lane);
            }
        }
    }

    /** The chosen row times a token's activations. */
    float dot(int token) {
        float result = 0f;
        if (type.quantized()) {
            for (int block = 0; block < columns / BLOCK; block++) {
                result = addBlock(result, token, block);
            }
        } else {
            for (int k = 0; k < columns; k++) {
                result = Math.fma(rowFloats[k], x.get(F32, ((long) token * columns + k) * Float.BYTES), result);
            }
        }
        return result;
    }

    private float weight(long element) {
        return switch (type) {
            case F32 -> w.data().get(F32, group + element * 4);
            case F16 -> f16(group + element * 2);
            case BF16 -> Float.intBitsToFloat(w.data().get(I16, group + element * 2) << 16);
            case Q4_0, Q4_1, Q8_0, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                throw new IllegalArgumentException("not a float type: " + type);
        };
    }

    /** Where the scales and minimums of a block, or of its super-block, begin. */
    private long headerOffset(int block) {
        return group + (long) block / blocksOfHeader() * type.blockBytes() * GROUP;
    }

    private long integersOffset(int block) {
        int header = type.headerBytes() * GROUP;
        int integerBytes = (type.blockBytes() * GROUP - header) / blocksOfHeader();
        return headerOffset(block) + header + (long) block % blocksOfHeader() * integerBytes;
    }

    private int blocksOfHeader() {
        return type.blockElements() / BLOCK;
    }

    /** Continues a token's chain. */
    private float addBlock(float result, int token, int block) {
        long header = headerOffset(block);
        int i = block % blocksOfHeader();
        long index = ActivationLayout.offset(tokens, columns, token, block);
        float scale = x.get(F32, scales + index);
        float scaledSum = x.get(F32, scaledSums + index);
        int sum = x.get(I32, sums + index);
        int lowerSum = x.get(I32, lowerSums + index);
        int lower = integerDot(token, block * BLOCK);
        int upper = integerDot(token, block * BLOCK + BLOCK / 2);
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
    private int integerDot(int token, int from) {
        long values = ActivationLayout.valuesOffset(columns, token, 0);
        int dot = 0;
        for (int k = from; k < from + BLOCK / 2; k++) {
            dot += rowIntegers[k] * x.get(I8, values + k);
        }
        return dot;
    }

    /** The stored integer of a column of a block: -128 to 127 for Q8_0, from 0 up to 15, 31 or 63 for the others. */
    private int integer(long integers, int column) {
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
