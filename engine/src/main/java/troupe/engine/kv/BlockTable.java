package troupe.engine.kv;

import java.util.Arrays;
import troupe.engine.TokenIds;

/**
 * The physical blocks of one sequence, in order of its positions. The first {@code published} ones lie in the prefix
 * tree under the hashes of the sequence's own blocks; the others are its own alone.
 */
public final class BlockTable {
    private int[] blocks = new int[8];
    private int size;
    private int published;

    public int size() {
        return size;
    }

    public int published() {
        return published;
    }

    public int get(int index) {
        return blocks[index];
    }

    /** A copy of the first {@code count} blocks. */
    public TokenIds first(int count) {
        return TokenIds.copyOfRange(blocks, 0, count);
    }

    void append(int block) {
        if (size == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * size);
        }
        blocks[size++] = block;
    }

    void appendPublished(int block) {
        append(block);
        published = size;
    }

    void publishNext(int block) {
        blocks[published++] = block;
    }

    int removeLast() {
        size--;
        published = Math.min(published, size);
        return blocks[size];
    }
}
