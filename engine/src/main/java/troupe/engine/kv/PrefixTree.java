package troupe.engine.kv;

import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The prefix cache: a tree of block hashes, each with the physical block that holds its content. Whoever uses a block
 * uses its ancestors too, so a block in use has no idle ancestor, and idle blocks can always be evicted from the leaves
 * up. The leaf idle for the longest time goes first; the order depends on the sequence of calls alone.
 *
 * <p>Everything is kept in arrays by block, about 50 bytes for each block of the pool.
 */
public final class PrefixTree {
    private static final int ROOT = -1;
    private static final int ABSENT = -2;
    private static final long IN_USE = -1;

    private final HashedBlocks byHash;
    /** Idle nodes without children. */
    private final EvictionQueue evictable;
    /** Of each block: its parent's block, {@link #ROOT}, or {@link #ABSENT} for one that is not in the tree. */
    private final int[] parents;

    private final int[] children;
    /** Of each block in the tree: when it became idle, or {@link #IN_USE}. */
    private final long[] idleSince;

    private final KvChanges.Log changes = new KvChanges.Log();
    private int idleBlocks;
    private long clock;

    /** @param blocks in the pool */
    public PrefixTree(int blocks) {
        byHash = new HashedBlocks(blocks);
        evictable = new EvictionQueue(blocks);
        parents = new int[blocks];
        Arrays.fill(parents, ABSENT);
        children = new int[blocks];
        idleSince = new long[blocks];
    }

    /** What was inserted and evicted since the last call. */
    KvChanges takeChanges() {
        return changes.take();
    }

    /** Blocks in the tree that nobody uses. */
    public int idleBlocks() {
        return idleBlocks;
    }

    /** The block that holds the content so named. */
    public OptionalInt find(BlockHash hash) {
        int block = byHash.find(hash);
        return block == HashedBlocks.NONE ? OptionalInt.empty() : OptionalInt.of(block);
    }

    public boolean contains(int block) {
        return parents[block] != ABSENT;
    }

    public boolean isIdle(int block) {
        return contains(block) && idleSince[block] != IN_USE;
    }

    /**
     * Adds a block that is in use.
     *
     * @param parent the hash of the preceding block, which is in the tree, or null for the first block
     */
    public void insert(@Nullable BlockHash parent, BlockHash hash, int block) {
        int above = parent == null ? ROOT : byHash.find(parent);
        if (parent != null && above == HashedBlocks.NONE) {
            throw new IllegalStateException("the parent " + parent + " of block " + block + " is not in the tree");
        }
        if (byHash.find(hash) != HashedBlocks.NONE) {
            throw new IllegalStateException("the content " + hash + " is in the tree already");
        }
        if (contains(block)) {
            throw new IllegalStateException("block " + block + " is in the tree already");
        }
        byHash.add(hash, block);
        parents[block] = above;
        children[block] = 0;
        idleSince[block] = IN_USE;
        if (above != ROOT) {
            children[above]++;
        }
        changes.stored(hash.high(), hash.low());
    }

    /** The block found its first user again. */
    public void use(int block) {
        requireInTree(block);
        if (idleSince[block] != IN_USE) {
            evictable.remove(block);
            idleSince[block] = IN_USE;
            idleBlocks--;
        }
    }

    /** The block lost its last user; from now on it can be evicted once its children are gone. */
    public void idle(int block) {
        requireInTree(block);
        idleSince[block] = clock++;
        idleBlocks++;
        if (children[block] == 0) {
            evictable.add(block, idleSince[block]);
        }
    }

    /** Removes the leaf that has been idle for the longest time and names its block; empty if none is idle. */
    public OptionalInt evict() {
        if (evictable.isEmpty()) {
            return OptionalInt.empty();
        }
        int block = evictable.poll();
        int parent = parents[block];
        byHash.remove(block);
        parents[block] = ABSENT;
        changes.removed(byHash.high(block), byHash.low(block));
        idleBlocks--;
        if (parent != ROOT && --children[parent] == 0 && idleSince[parent] != IN_USE) {
            evictable.add(parent, idleSince[parent]);
        }
        return OptionalInt.of(block);
    }

    private void requireInTree(int block) {
        if (!contains(block)) {
            throw new IllegalStateException("block " + block + " is not in the tree");
        }
    }
}
