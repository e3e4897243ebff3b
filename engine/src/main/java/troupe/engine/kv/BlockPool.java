package troupe.engine.kv;

import java.util.OptionalInt;

/**
 * The physical KV blocks: a fixed number, each with a count of the sequences that use it, and a stack of the free ones.
 * A block whose count falls to zero does not become free by itself, since its content may be worth keeping:
 *
 * <pre>
 *   free --allocate--> used (count 1..n) --release to 0--> idle --free--> free
 *                        ^-------------- retain -------------'
 * </pre>
 */
public final class BlockPool {
    private static final int FREE = -1;

    private final int[] users;
    private final int[] freeStack;
    private int free;

    /** @param blocks at least 1 */
    public BlockPool(int blocks) {
        if (blocks < 1) {
            throw new IllegalArgumentException("blocks is " + blocks + ", must be at least 1");
        }
        users = new int[blocks];
        freeStack = new int[blocks];
        for (int block = blocks - 1; block >= 0; block--) {
            users[block] = FREE;
            freeStack[free++] = block;
        }
    }

    public int size() {
        return users.length;
    }

    /** Blocks on the free stack. */
    public int freeBlocks() {
        return free;
    }

    /** A free block, now with one user; empty if there is none. */
    public OptionalInt allocate() {
        if (free == 0) {
            return OptionalInt.empty();
        }
        int block = freeStack[--free];
        users[block] = 1;
        return OptionalInt.of(block);
    }

    /** One more user of a used or idle block. */
    public void retain(int block) {
        if (users[block] == FREE) {
            throw new IllegalStateException("block " + block + " is free and cannot be retained");
        }
        users[block]++;
    }

    /** One user less; true if that was the last one and the block is idle now. */
    public boolean release(int block) {
        if (users[block] <= 0) {
            throw new IllegalStateException("block " + block + " has no user to release it");
        }
        users[block]--;
        return users[block] == 0;
    }

    /** Returns an idle block to the free stack. */
    public void free(int block) {
        if (users[block] != 0) {
            throw new IllegalStateException("block " + block + " is not idle: " + users[block] + " users");
        }
        users[block] = FREE;
        freeStack[free++] = block;
    }

    /** Sequences that use the block; 0 for idle and free ones. */
    public int users(int block) {
        return Math.max(0, users[block]);
    }

    public boolean isFree(int block) {
        return users[block] == FREE;
    }
}
