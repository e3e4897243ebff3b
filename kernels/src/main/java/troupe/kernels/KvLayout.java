package troupe.kernels;

/**
 * The layout of a paged key-value cache: an array of equal blocks, each holding {@value #BLOCK_TOKENS} consecutive
 * positions of one sequence for all layers, as [layer][keys | values][kvHead][...]. The keys of a head are
 * [headDim][16 tokens], so that a vector lane is a key; the values are [16 tokens][headDim]. Where the type has scales,
 * f32 [16 tokens], they come before a head's keys and before its values. No instruction set owns the layout: blocks
 * travel between unlike machines as they are.
 *
 * @param layers attention layers, at least 1
 * @param kvHeads heads with keys and values of their own, at least 1
 * @param headDim elements of a head, 1 to {@value #MAX_HEAD_DIM}
 * @param type the type of the elements
 */
public record KvLayout(int layers, int kvHeads, int headDim, KvType type) {
    /** Positions in one block. */
    public static final int BLOCK_TOKENS = 16;

    /** Keys that attention takes before it merges: a split, at absolute positions. */
    public static final int SPLIT_TOKENS = 256;

    /** The largest head that the attention kernels take. */
    public static final int MAX_HEAD_DIM = 1024;

    public KvLayout {
        requireWithin("layers", layers, 1 << 16);
        requireWithin("kvHeads", kvHeads, 1 << 16);
        requireWithin("headDim", headDim, MAX_HEAD_DIM);
    }

    private static void requireWithin(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", 1 to " + most + " is required");
        }
    }

    /** Splits into which attention cuts the keys of so many positions. */
    public static int splits(int positions) {
        return (positions + SPLIT_TOKENS - 1) / SPLIT_TOKENS;
    }

    /**
     * Bytes of the result of one split for the query heads that share a key-value head, until it is merged.
     *
     * @param heads query heads, a multiple of kvHeads
     */
    public long splitBytes(int heads) {
        Check.heads(this, heads);
        int padded = (headDim + Tree.LANES - 1) / Tree.LANES * Tree.LANES;
        return (long) (heads / kvHeads) * (padded + 2) * Float.BYTES;
    }

    /** Bytes of one block, all layers together. */
    public long blockBytes() {
        return layers * 2L * kvHeads * headBytes();
    }

    /** Byte offset within a block of the keys [headDim][16 tokens] of one head. */
    public long keyOffset(int layer, int kvHead) {
        return (layer * 2L * kvHeads + kvHead) * headBytes();
    }

    /** Byte offset within a block of the values [16 tokens][headDim] of one head. */
    public long valueOffset(int layer, int kvHead) {
        return ((layer * 2L + 1) * kvHeads + kvHead) * headBytes();
    }

    /** Bytes before the elements of a head's keys or values in a block. */
    long scalesBytes() {
        return (long) BLOCK_TOKENS * type.scaleBytes();
    }

    private long headBytes() {
        return BLOCK_TOKENS * ((long) headDim * type.bytes() + type.scaleBytes());
    }
}
