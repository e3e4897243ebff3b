package troupe.engine.kv;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import troupe.engine.TokenIds;

/**
 * The physical blocks of one sequence, in order of its positions. The first {@code published} ones lie in the prefix
 * tree under the hashes of the sequence's own blocks; the others are its own alone.
 */
public final class BlockTable {
    private int[] blocks = new int[8];
    private int size;
    private int published;
    /** The last copy that was given; null once a block of it has changed. */
    private @Nullable TokenIds copy;

    public int size() {
        return size;
    }

    public int published() {
        return published;
    }

    public int get(int index) {
        return blocks[index];
    }

    /** The first {@code count} blocks, as they are now. */
    public TokenIds first(int count) {
        TokenIds first = copy;
        if (first == null || first.size() != count) {
            first = TokenIds.copyOfRange(blocks, 0, count);
            copy = first;
        }
        return first;
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
        if (blocks[published] != block) {
            copy = null;
        }
        blocks[published++] = block;
    }

    int removeLast() {
        copy = null;
        size--;
        published = Math.min(published, size);
        return blocks[size];
    }
}
