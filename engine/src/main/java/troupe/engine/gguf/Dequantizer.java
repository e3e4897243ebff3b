package troupe.engine.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Dequantization of tensor rows to float, bit for bit what ggml's reference functions give: a scale is an f16 and a
 * quant an integer of at most 8 bits, so their product is exact in a float and only the addition of a minimum rounds.
 */
public final class Dequantizer {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Dequantizer() {}

    /** Writes row {@code row} of {@code tensor} to {@code out[0 .. columns)}. */
    public static void row(GgufTensor tensor, int row, float[] out) {
        Objects.checkIndex(row, tensor.rows());
        int columns = tensor.columns();
        if (out.length < columns) {
            throw new IllegalArgumentException(
                    "out has " + out.length + " elements, a row of " + tensor.name() + " has " + columns);
        }
        long rowBytes = tensor.type().rowBytes(columns);
        MemorySegment source = tensor.data().asSlice(row * rowBytes, rowBytes);
        switch (tensor.type()) {
            case F32 -> MemorySegment.copy(source, FLOAT, 0, out, 0, columns);
            case F16 -> f16(source, columns, out);
            case BF16 -> bf16(source, columns, out);
            case Q4_0 -> q40(source, columns, out);
            case Q4_1 -> q41(source, columns, out);
            case Q5_0 -> q50(source, columns, out);
            case Q5_1 -> q51(source, columns, out);
            case Q8_0 -> q80(source, columns, out);
            case Q4_K -> SuperBlocks.q4k(source, columns, out);
            case Q5_K -> SuperBlocks.q5k(source, columns, out);
            case Q6_K -> SuperBlocks.q6k(source, columns, out);
        }
    }

    private static void f16(MemorySegment source, int columns, float[] out) {
        for (int i = 0; i < columns; i++) {
            out[i] = half(source, 2L * i);
        }
    }

    private static void bf16(MemorySegment source, int columns, float[] out) {
        for (int i = 0; i < columns; i++) {
            out[i] = Float.intBitsToFloat(source.get(SHORT, 2L * i) << 16);
        }
    }

    private static void q40(MemorySegment source, int columns, float[] out) {
        long block = 0;
        for (int i = 0; i < columns; i += 32, block += 18) {
            float scale = half(source, block);
            for (int j = 0; j < 16; j++) {
                int quants = source.get(ValueLayout.JAVA_BYTE, block + 2 + j);
                out[i + j] = ((quants & 15) - 8) * scale;
                out[i + j + 16] = ((quants >>> 4 & 15) - 8) * scale;
            }
        }
    }

    private static void q41(MemorySegment source, int columns, float[] out) {
        long block = 0;
        for (int i = 0; i < columns; i += 32, block += 20) {
            float scale = half(source, block);
            float minimum = half(source, block + 2);
            for (int j = 0; j < 16; j++) {
                int quants = source.get(ValueLayout.JAVA_BYTE, block + 4 + j);
                out[i + j] = (quants & 15) * scale + minimum;
                out[i + j + 16] = (quants >>> 4 & 15) * scale + minimum;
            }
        }
    }

    private static void q50(MemorySegment source, int columns, float[] out) {
        long block = 0;
        for (int i = 0; i < columns; i += 32, block += 22) {
            float scale = half(source, block);
            int fifths = source.get(INT, block + 2);
            for (int j = 0; j < 16; j++) {
                int quants = source.get(ValueLayout.JAVA_BYTE, block + 6 + j);
                out[i + j] = (((quants & 15) | fifth(fifths, j)) - 16) * scale;
                out[i + j + 16] = (((quants >>> 4 & 15) | fifth(fifths, j + 16)) - 16) * scale;
            }
        }
    }

    private static void q51(MemorySegment source, int columns, float[] out) {
        long block = 0;
        for (int i = 0; i < columns; i += 32, block += 24) {
            float scale = half(source, block);
            float minimum = half(source, block + 2);
            int fifths = source.get(INT, block + 4);
            for (int j = 0; j < 16; j++) {
                int quants = source.get(ValueLayout.JAVA_BYTE, block + 8 + j);
                out[i + j] = ((quants & 15) | fifth(fifths, j)) * scale + minimum;
                out[i + j + 16] = ((quants >>> 4 & 15) | fifth(fifths, j + 16)) * scale + minimum;
            }
        }
    }

    /** The fifth bit of element {@code j} of a block, at its place. */
    private static int fifth(int fifths, int j) {
        return ((fifths >>> j) & 1) << 4;
    }

    private static void q80(MemorySegment source, int columns, float[] out) {
        long block = 0;
        for (int i = 0; i < columns; i += 32, block += 34) {
            float scale = half(source, block);
            for (int j = 0; j < 32; j++) {
                out[i + j] = source.get(ValueLayout.JAVA_BYTE, block + 2 + j) * scale;
            }
        }
    }

    static float half(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }
}
