package troupe.kernels;

/**
 * The layout of activations quantized to int8, 32 columns a block, as {@link Kernels#quantize} writes them and
 * {@link Kernels#matmul} reads them. Five planes, each beginning at a multiple of 64 bytes:
 *
 * <ol>
 *   <li>values: int8 [tokens][columns];
 *   <li>scales: f32 [tokens][columns / 32];
 *   <li>scaled sums, scale * sum: f32 [tokens][columns / 32];
 *   <li>sums of the block's values: int32 [tokens][columns / 32];
 *   <li>lower sums, those of the block's first 16 values: int32 [tokens][columns / 32].
 * </ol>
 *
 * Every implementation writes the same bytes. Tokens is the capacity that the memory was laid out for.
 */
public final class ActivationLayout {
    /** Columns that share a scale. */
    public static final int BLOCK = 32;

    private ActivationLayout() {}

    /** Bytes of the activations of {@code tokens} tokens. Columns are a positive multiple of 32. */
    public static long bytes(int tokens, int columns) {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens is " + tokens + ", at least 1 is required");
        }
        if (columns < 1 || columns % BLOCK != 0) {
            throw new IllegalArgumentException("columns is " + columns + ", a positive multiple of 32 is required");
        }
        return lowerSumsOffset(tokens, columns) + planeBytes(tokens, columns);
    }

    /** Byte offset of the scales. */
    public static long scalesOffset(int tokens, int columns) {
        return aligned((long) tokens * columns);
    }

    /** Byte offset of the scaled sums. */
    public static long scaledSumsOffset(int tokens, int columns) {
        return scalesOffset(tokens, columns) + planeBytes(tokens, columns);
    }

    /** Byte offset of the integer sums. */
    public static long sumsOffset(int tokens, int columns) {
        return scaledSumsOffset(tokens, columns) + planeBytes(tokens, columns);
    }

    /** Byte offset of the integer sums of the blocks' first halves. */
    public static long lowerSumsOffset(int tokens, int columns) {
        return sumsOffset(tokens, columns) + planeBytes(tokens, columns);
    }

    private static long planeBytes(int tokens, int columns) {
        return aligned((long) tokens * (columns / BLOCK) * Float.BYTES);
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64L;
    }
}
