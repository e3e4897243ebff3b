package troupe.engine.kv;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The prefix cache: a tree of block hashes, each with the physical block that holds its content. Whoever uses a block
 * uses its ancestors too, so a block in use has no idle ancestor, and idle blocks can always be evicted from the leaves
 * up. The leaf idle for the longest time goes first; the order depends on the sequence of calls alone.
 */
public final class PrefixTree {
    private static final class Node {
        final BlockHash hash;
        final int block;
        final @Nullable Node parent;
        int children;
        boolean idle;
        long idleSince;

        Node(BlockHash hash, int block, @Nullable Node parent) {
            this.hash = hash;
            this.block = block;
            this.parent = parent;
        }
    }

    private final Map<BlockHash, Node> byHash = new HashMap<>();
    private final Map<Integer, Node> byBlock = new HashMap<>();
    /** Idle nodes without children. */
    private final TreeSet<Node> evictable = new TreeSet<>(Comparator.comparingLong(node -> node.idleSince));

    private final KvChanges.Log changes = new KvChanges.Log();
    private int idleBlocks;
    private long clock;

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
        Node node = byHash.get(hash);
        return node == null ? OptionalInt.empty() : OptionalInt.of(node.block);
    }

    public boolean contains(int block) {
        return byBlock.containsKey(block);
    }

    public boolean isIdle(int block) {
        Node node = byBlock.get(block);
        return node != null && node.idle;
    }

    /**
     * Adds a block that is in use.
     *
     * @param parent the hash of the preceding block, which is in the tree, or null for the first block
     */
    public void insert(@Nullable BlockHash parent, BlockHash hash, int block) {
        Node above = parent == null ? null : byHash.get(parent);
        if (parent != null && above == null) {
            throw new IllegalStateException("the parent " + parent + " of block " + block + " is not in the tree");
        }
        Node node = new Node(hash, block, above);
        if (byHash.putIfAbsent(hash, node) != null) {
            throw new IllegalStateException("the content " + hash + " is in the tree already");
        }
        if (byBlock.putIfAbsent(block, node) != null) {
            throw new IllegalStateException("block " + block + " is in the tree already");
        }
        if (above != null) {
            above.children++;
        }
        changes.stored(hash.high(), hash.low());
    }

    /** The block found its first user again. */
    public void use(int block) {
        Node node = node(block);
        if (node.idle) {
            evictable.remove(node);
            node.idle = false;
            idleBlocks--;
        }
    }

    /** The block lost its last user; from now on it can be evicted once its children are gone. */
    public void idle(int block) {
        Node node = node(block);
        node.idle = true;
        node.idleSince = clock++;
        idleBlocks++;
        if (node.children == 0) {
            evictable.add(node);
        }
    }

    /** Removes the leaf that has been idle for the longest time and names its block; empty if none is idle. */
    public OptionalInt evict() {
        Node node = evictable.pollFirst();
        if (node == null) {
            return OptionalInt.empty();
        }
        byHash.remove(node.hash);
        byBlock.remove(node.block);
        changes.removed(node.hash.high(), node.hash.low());
        idleBlocks--;
        Node parent = node.parent;
        if (parent != null && --parent.children == 0 && parent.idle) {
            evictable.add(parent);
        }
        return OptionalInt.of(node.block);
    }

    private Node node(int block) {
        Node node = byBlock.get(block);
        if (node == null) {
            throw new IllegalStateException("block " + block + " is not in the tree");
        }
        return node;
    }
}
