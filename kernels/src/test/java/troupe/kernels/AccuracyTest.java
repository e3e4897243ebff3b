package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.kernels.Implementations.ORACLE;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the oracle with double precision straight from the formats, so that it cannot be wrong with its twins. */
class AccuracyTest {
    private static final double ROUNDING = 0x1p-23;

    @Test
    void shouldMultiplyEveryTypeOfMatrix() {
        Buffers buffers = new Buffers(1);
        int rows = 19;
        int tokens = 3;
        for (WeightType type : WeightType.values()) {
            int columns = type.blockElements() == 256 ? 512 : 96;
            MemorySegment source = buffers.weights(type, rows, columns);
            MemorySegment x = buffers.floats((long) tokens * columns);
            MemorySegment activations = x;
            if (type.quantized()) {
                activations = Buffers.allocate(ActivationLayout.bytes(tokens, columns));
                ORACLE.quantize(x, columns, activations, tokens, 0, tokens);
            }
            MemorySegment out = Buffers.allocate((long) tokens * rows * Float.BYTES);
            PackedMatrix w = Buffers.packed(ORACLE, type, rows, columns, source);
            ORACLE.matmul(w, activations, tokens, out, rows, false, 0, w.groups());
            for (int token = 0; token < tokens; token++) {
                for (int row = 0; row < rows; row++) {
                    double exact = 0;
                    double size = 0;
                    for (int k = 0; k < columns; k++) {
                        double weight = weight(type, source, (long) row * type.rowBytes(columns), k);
                        double activation = type.quantized()
                                ? dequantized(activations, tokens, columns, token, k)
                                : x.get(Memory.F32, 4L * ((long) token * columns + k));
                        exact += weight * activation;
                        size += parts(type, source, (long) row * type.rowBytes(columns), k) * Math.abs(activation);
                    }
                    float actual = out.get(Memory.F32, 4L * ((long) token * rows + row));
                    assertEquals(exact, actual, size * columns * ROUNDING, type + " row " + row + " token " + token);
                }
            }
        }
    }

    /** A weight's value by the definition of its format. */
    private static double weight(WeightType type, MemorySegment source, long row, int column) {
        long block = row + (long) column / type.blockElements() * type.blockBytes();
        int i = column % type.blockElements();
        return switch (type) {
            case F32 -> source.get(Memory.F32, block);
            case F16 -> half(source, block);
            case BF16 -> Float.intBitsToFloat(source.get(Memory.I16, block) << 16);
            case Q4_0 -> half(source, block) * (nibble(source, block + 2, i) - 8);
            case Q4_1 -> half(source, block) * nibble(source, block + 4, i) + half(source, block + 2);
            case Q8_0 -> half(source, block) * source.get(Memory.I8, block + 2 + i);
            case Q5_0 -> half(source, block) * (fiveBits(source, block + 2, block + 6, i) - 16);
            case Q5_1 -> half(source, block) * fiveBits(source, block + 4, block + 8, i) + half(source, block + 2);
            case Q4_K, Q5_K ->
                half(source, block) * sixBitScale(source, block + 4, i / 32) * superBlockInteger(type, source, block, i)
                        - half(source, block + 2) * sixBitMinimum(source, block + 4, i / 32);
            case Q6_K ->
                half(source, block + 208)
                        * source.get(Memory.I8, block + 192 + i / 16)
                        * (superBlockInteger(type, source, block, i) - 32);
        };
    }

    private static int fiveBits(MemorySegment source, long fifths, long nibbles, int i) {
        return nibble(source, nibbles, i) + bits(source, fifths + i / 8, i % 8, 1) * 16;
    }

    /** Blocks of 32, four in each half of Q6_K, follow each other in the bits of a byte. */
    private static int superBlockInteger(WeightType type, MemorySegment source, long block, int i) {
        int inBlock = i % 32;
        return switch (type) {
            case Q4_K -> bits(source, block + 16 + i / 64 * 32L + inBlock, i / 32 % 2 * 4, 4);
            case Q5_K ->
                bits(source, block + 48 + i / 64 * 32L + inBlock, i / 32 % 2 * 4, 4)
                        + bits(source, block + 16 + inBlock, i / 32, 1) * 16;
            case Q6_K ->
                bits(source, block + i / 128 * 64L + i % 64, i / 64 % 2 * 4, 4)
                        + bits(source, block + 128 + i / 128 * 32L + inBlock, i / 32 % 4 * 2, 2) * 16;
            default -> throw new IllegalArgumentException("no super-blocks: " + type);
        };
    }

    private static int sixBitScale(MemorySegment source, long packed, int block) {
        return block < 4
                ? bits(source, packed + block, 0, 6)
                : bits(source, packed + 4 + block, 0, 4) + 16 * bits(source, packed + block - 4, 6, 2);
    }

    private static int sixBitMinimum(MemorySegment source, long packed, int block) {
        return block < 4
                ? bits(source, packed + 4 + block, 0, 6)
                : bits(source, packed + 4 + block, 4, 4) + 16 * bits(source, packed + block, 6, 2);
    }

    private static int bits(MemorySegment source, long at, int from, int count) {
        return (source.get(Memory.I8, at) >> from) & ((1 << count) - 1);
    }

    /** The magnitudes that are rounded on the way to a weight's product. */
    private static double parts(WeightType type, MemorySegment source, long row, int column) {
        long block = row + (long) column / type.blockElements() * type.blockBytes();
        return switch (type) {
            case F32, F16, BF16, Q8_0 -> Math.abs(weight(type, source, row, column));
            case Q4_0 -> Math.abs(half(source, block)) * 15;
            case Q4_1 -> Math.abs(half(source, block)) * 15 + Math.abs(half(source, block + 2));
            case Q5_0 -> Math.abs(half(source, block)) * 31;
            case Q5_1 -> Math.abs(half(source, block)) * 31 + Math.abs(half(source, block + 2));
            case Q4_K, Q5_K -> Math.abs(half(source, block)) * 63 * 31 + Math.abs(half(source, block + 2)) * 63;
            case Q6_K -> Math.abs(half(source, block + 208)) * 128 * 63;
        };
    }

    private static double half(MemorySegment source, long at) {
        return Float.float16ToFloat(source.get(Memory.I16, at));
    }

    private static int nibble(MemorySegment source, long at, int i) {
        int pair = source.get(Memory.I8, at + i % 16) & 0xff;
        return i < 16 ? pair % 16 : pair / 16;
    }

    private static double dequantized(MemorySegment activations, int tokens, int columns, int token, int column) {
        long scale = ActivationLayout.scalesOffset(tokens, columns)
                + ActivationLayout.offset(tokens, columns, token, column / 32);
        return (double) activations.get(Memory.F32, scale) * value(activations, columns, token, column);
    }

    private static byte value(MemorySegment activations, int columns, int token, int column) {
        return activations.get(Memory.I8, ActivationLayout.valuesOffset(columns, token, column / 32) + column % 32);
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 100})
    void shouldQuantizeWithinHalfAStepAndKeepTheSums(int tokens) {
        Buffers buffers = new Buffers(2);
        int columns = 64;
        MemorySegment x = buffers.extremeFloats((long) tokens * columns);
        MemorySegment activations = Buffers.allocate(ActivationLayout.bytes(tokens, columns));
        ORACLE.quantize(x, columns, activations, tokens, 0, tokens);
        for (int block = 0; block < tokens * 2; block++) {
            double largest = 0;
            for (int i = 0; i < 32; i++) {
                largest = Math.max(largest, Math.abs(x.get(Memory.F32, 4L * (block * 32 + i))));
            }
            int sum = 0;
            int lowerSum = 0;
            for (int i = 0; i < 32; i++) {
                int index = block * 32 + i;
                double value = dequantized(activations, tokens, columns, index / columns, index % columns);
                // Blocks below 2^-120 count as zero.
                double step = Math.max(largest / 127 / 2 * (1 + 1e-4), 0x1p-120);
                assertEquals(x.get(Memory.F32, 4L * index), value, step, "element " + index);
                int quantized = value(activations, columns, index / columns, index % columns);
                sum += quantized;
                lowerSum += i < 16 ? quantized : 0;
            }
            long at = ActivationLayout.offset(tokens, columns, block / 2, block % 2);
            float scale = activations.get(Memory.F32, ActivationLayout.scalesOffset(tokens, columns) + at);
            assertEquals(sum, activations.get(Memory.I32, ActivationLayout.sumsOffset(tokens, columns) + at));
            long lowerSums = ActivationLayout.lowerSumsOffset(tokens, columns);
            assertEquals(lowerSum, activations.get(Memory.I32, lowerSums + at));
            assertEquals(
                    scale * sum, activations.get(Memory.F32, ActivationLayout.scaledSumsOffset(tokens, columns) + at));
        }
    }

    @Test
    void shouldNormalize() {
        Buffers buffers = new Buffers(3);
        int columns = 207;
        MemorySegment x = buffers.floats(columns);
        MemorySegment weight = buffers.floats(columns);
        MemorySegment out = Buffers.allocate(4L * columns);
        ORACLE.rmsNorm(x, weight, 1e-5f, columns, out, 0, 1);
        double squares = 0;
        for (int k = 0; k < columns; k++) {
            squares += Math.pow(x.get(Memory.F32, 4L * k), 2);
        }
        double root = Math.sqrt(squares / columns + 1e-5f);
        for (int k = 0; k < columns; k++) {
            double exact = x.get(Memory.F32, 4L * k) / root * weight.get(Memory.F32, 4L * k);
            assertEquals(exact, out.get(Memory.F32, 4L * k), Math.abs(exact) * 16 * ROUNDING);
        }
    }

    @Test
    void shouldRotateAdjacentPairs() {
        Buffers buffers = new Buffers(4);
        int headDim = 10;
        MemorySegment table = Buffers.allocate(8L * headDim * 4);
        for (int i = 0; i < headDim / 2; i++) {
            double angle = 7 * StrictMath.pow(10_000, -2.0 * i / headDim);
            table.set(Memory.F32, (7L * headDim + 2L * i) * 4, (float) StrictMath.cos(angle));
            table.set(Memory.F32, (7L * headDim + 2L * i + 1) * 4, (float) StrictMath.sin(angle));
        }
        MemorySegment positions = Buffers.allocate(4);
        positions.set(Memory.I32, 0, 7);
        MemorySegment before = buffers.floats(headDim);
        MemorySegment after = Buffers.copy(before);
        ORACLE.rope(after, 1, headDim, positions, table, 0, 1);
        for (int i = 0; i < headDim / 2; i++) {
            double angle = 7 * StrictMath.pow(10_000, -2.0 * i / headDim);
            double x0 = before.get(Memory.F32, 8L * i);
            double x1 = before.get(Memory.F32, 8L * i + 4);
            assertEquals(x0 * Math.cos(angle) - x1 * Math.sin(angle), after.get(Memory.F32, 8L * i), 1e-6);
            assertEquals(x0 * Math.sin(angle) + x1 * Math.cos(angle), after.get(Memory.F32, 8L * i + 4), 1e-6);
        }
    }

    @Test
    void shouldGate() {
        Buffers buffers = new Buffers(5);
        MemorySegment gate = buffers.floats(100);
        MemorySegment up = buffers.floats(100);
        MemorySegment out = Buffers.allocate(400);
        ORACLE.swiglu(gate, up, out, 0, 100);
        for (int i = 0; i < 100; i++) {
            double g = gate.get(Memory.F32, 4L * i);
            double exact = g / (1 + Math.exp(-g)) * up.get(Memory.F32, 4L * i);
            assertEquals(exact, out.get(Memory.F32, 4L * i), Math.abs(exact) * 8 * ROUNDING);
        }
    }

    @Test
    void shouldAttendAcrossSplits() {
        Buffers buffers = new Buffers(6);
        KvLayout layout = new KvLayout(2, 2, 16, KvType.F16);
        int heads = 4;
        int length = 600;
        AttentionCase sequence = AttentionCase.random(buffers, layout, heads, length);
        MemorySegment cache = sequence.cache(ORACLE, 1);
        MemorySegment queries = buffers.floats((long) length * heads * 16);
        MemorySegment out = Buffers.allocate(queries.byteSize());
        sequence.attend(ORACLE, 1, cache, queries, 0, length, 0, out);
        for (int row : new int[] {0, 1, 15, 16, 255, 256, 300, 512, 599}) {
            for (int head = 0; head < heads; head++) {
                double[] exact = attend(sequence, queries, row, head);
                for (int d = 0; d < 16; d++) {
                    float actual = out.get(Memory.F32, 4L * (((long) row * heads + head) * 16 + d));
                    assertEquals(exact[d], actual, 1e-5, "row " + row + " head " + head + " element " + d);
                }
            }
        }
    }

    private static double[] attend(AttentionCase sequence, MemorySegment queries, int row, int head) {
        int headDim = sequence.layout().headDim();
        int kvHeads = sequence.layout().kvHeads();
        int kvHead = head / (sequence.heads() / kvHeads);
        double[] output = new double[headDim];
        double sum = 0;
        for (int key = 0; key <= row; key++) {
            long at = ((long) key * kvHeads + kvHead) * headDim;
            double score = 0;
            for (int d = 0; d < headDim; d++) {
                double q = queries.get(Memory.F32, 4L * (((long) row * sequence.heads() + head) * headDim + d));
                score += q * rounded(sequence.keys(), at + d);
            }
            double weight = Math.exp(score / Math.sqrt(headDim));
            sum += weight;
            for (int d = 0; d < headDim; d++) {
                output[d] += weight * rounded(sequence.values(), at + d);
            }
        }
        for (int d = 0; d < headDim; d++) {
            output[d] /= sum;
        }
        assertTrue(sum > 0);
        return output;
    }

    private static double rounded(MemorySegment values, long index) {
        return Float.float16ToFloat(Float.floatToFloat16(values.get(Memory.F32, 4 * index)));
    }
}
