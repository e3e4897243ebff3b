package troupe.kernels;

/**
 * The layout of activations quantized to int8, 32 columns a block, as {@link Kernels#quantize} writes them and
 * {@link Kernels#matmul} reads them. Five planes, each beginning at a multiple of 64 bytes:
 *
 * <ol>
 *   <li>values: int8 [tokens][columns, padded];
 *   <li>scales: f32, of {@link #MANY_TOKENS} and more [columns / 32][token, padded], of fewer [token][columns / 32];
 *   <li>scaled sums, scale * sum: f32, likewise;
 *   <li>sums of the block's values: int32, likewise;
 *   <li>lower sums, those of the block's first 16 values: int32, likewise.
 * </ol>
 *
 * <p>Tiles take a block of several tokens, whose scales lie side by side for them. Rows of values and of scales are
 * padded to an odd number of cache lines, for one block of many tokens, or a token's blocks, to fall into different sets
 * of the cache. Few tokens are quantized by ranges that would share lines of scales, for which threads would fight.
 *
 * <p>Every implementation writes the same bytes. Tokens is the capacity that the memory was laid out for.
 */
public final class ActivationLayout {
    /** Columns that share a scale. */
    public static final int BLOCK = 32;

    /** From so many tokens on, scales and sums of a block lie side by side, those of 16 tokens in a cache line. */
    public static final int MANY_TOKENS = 64;

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
        return tokens * valueStride(columns);
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

    /** Byte offset of a block's values. */
    static long valuesOffset(int columns, int token, int block) {
        return token * valueStride(columns) + (long) block * BLOCK;
    }

    private static long valueStride(int columns) {
        return aligned(columns) | 64;
    }

    /** Byte offset in a plane of scales or sums. */
    static long offset(int tokens, int columns, int token, int block) {
        long element = tokens >= MANY_TOKENS
                ? (long) block * padded(tokens) + token
                : (long) token * (columns / BLOCK) + block;
        return element * Float.BYTES;
    }

    private static int padded(int tokens) {
        return (tokens + 31) / 32 * 32 + 16;
    }

    private static long planeBytes(int tokens, int columns) {
        return aligned((long) (columns / BLOCK) * (tokens >= MANY_TOKENS ? padded(tokens) : tokens) * Float.BYTES);
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64L;
    }
}
