package troupe.engine.kv;

import java.util.List;
import java.util.OptionalInt;

/**
 * Gives KV blocks to sequences: pool and prefix tree behind one door.
 *
 * <p>A block enters the tree only after the step that computed it was committed, so the tree never names content that a
 * cancelled or failed sequence left unfinished. If the same content was computed twice, the table is turned to the block
 * that is in the tree already: both hold the same bits.
 */
public final class BlockManager {
    private final int blockTokens;
    private final BlockPool pool;
    private final PrefixTree tree;

    /**
     * @param blocks in the pool
     * @param blockTokens tokens per block
     */
    public BlockManager(int blocks, int blockTokens) {
        if (blockTokens < 1) {
            throw new IllegalArgumentException("blockTokens is " + blockTokens + ", must be at least 1");
        }
        this.blockTokens = blockTokens;
        pool = new BlockPool(blocks);
        tree = new PrefixTree(blocks);
    }

    /** Blocks that cover {@code tokens} positions. */
    public int blocksFor(int tokens) {
        return Math.ceilDiv(tokens, blockTokens);
    }

    public int totalBlocks() {
        return pool.size();
    }

    /** Blocks that can be had: free ones, and idle ones of the cache. */
    public int availableBlocks() {
        return pool.freeBlocks() + tree.idleBlocks();
    }

    /** Blocks that only the prefix cache holds. */
    public int cachedBlocks() {
        return tree.idleBlocks();
    }

    public int usedBlocks() {
        return pool.size() - availableBlocks();
    }

    /** How many of the first {@code limit} blocks so named are in the cache, without a gap. */
    public int cachedPrefix(BlockHashes hashes, int limit) {
        int found = 0;
        int end = Math.min(limit, hashes.size());
        while (found < end && tree.find(hashes.get(found)).isPresent()) {
            found++;
        }
        return found;
    }

    /** How many of the first {@code count} cached blocks are idle, hence part of {@link #availableBlocks()}. */
    public int idleAmong(BlockHashes hashes, int count) {
        int idle = 0;
        for (int i = 0; i < count; i++) {
            if (tree.isIdle(cached(hashes.get(i)))) {
                idle++;
            }
        }
        return idle;
    }

    /** Puts the first {@code count} blocks so named, all cached, into an empty table. */
    public void takePrefix(BlockTable table, BlockHashes hashes, int count) {
        if (table.size() != 0) {
            throw new IllegalStateException("the table has " + table.size() + " blocks, must be empty");
        }
        for (int i = 0; i < count; i++) {
            table.appendPublished(use(cached(hashes.get(i))));
        }
    }

    /** Lengthens the table to {@code blocks} blocks; false, and nothing done, if so many cannot be had. */
    public boolean grow(BlockTable table, int blocks) {
        if (blocks - table.size() > availableBlocks()) {
            return false;
        }
        while (table.size() < blocks) {
            table.append(allocate());
        }
        return true;
    }

    /** Makes the table's blocks below {@code computed} shareable; all their positions have been computed. */
    public void publish(BlockTable table, BlockHashes hashes, int computed) {
        while (table.published() < computed) {
            int index = table.published();
            int own = table.get(index);
            BlockHash hash = hashes.get(index);
            OptionalInt twin = tree.find(hash);
            if (twin.isPresent()) {
                table.publishNext(use(twin.getAsInt()));
                pool.release(own);
                pool.free(own);
            } else {
                tree.insert(index == 0 ? null : hashes.get(index - 1), hash, own);
                table.publishNext(own);
            }
        }
    }

    /** Takes all blocks from the table, the last one first; published ones stay in the cache while there is room. */
    public void release(BlockTable table) {
        while (table.size() > 0) {
            int block = table.removeLast();
            if (pool.release(block)) {
                if (tree.contains(block)) {
                    tree.idle(block);
                } else {
                    pool.free(block);
                }
            }
        }
    }

    /** What entered and left the prefix cache since the last call. */
    public KvChanges takeChanges() {
        return tree.takeChanges();
    }

    /**
     * Checks the books against all tables in use: no block lost, none owned twice, counts add up.
     *
     * @throws IllegalStateException that names what is wrong
     */
    public void verify(List<BlockTable> tables) {
        int[] users = new int[pool.size()];
        for (BlockTable table : tables) {
            for (int i = 0; i < table.size(); i++) {
                users[table.get(i)]++;
                check(
                        i < table.published() == tree.contains(table.get(i)),
                        table.get(i),
                        "published, yet not in the tree");
            }
        }
        int free = 0;
        int idle = 0;
        for (int block = 0; block < users.length; block++) {
            check(users[block] == pool.users(block), block, "count differs from its " + users[block] + " users");
            check(users[block] < 2 || tree.contains(block), block, "shared, yet not in the tree");
            boolean unused = users[block] == 0;
            check(unused == (pool.isFree(block) || tree.isIdle(block)), block, "neither used, free nor idle, or both");
            check(!(pool.isFree(block) && tree.contains(block)), block, "free and in the tree");
            free += pool.isFree(block) ? 1 : 0;
            idle += tree.isIdle(block) ? 1 : 0;
        }
        if (free != pool.freeBlocks() || idle != tree.idleBlocks()) {
            throw new IllegalStateException("free %d, counted %d; idle %d, counted %d"
                    .formatted(pool.freeBlocks(), free, tree.idleBlocks(), idle));
        }
    }

    private static void check(boolean condition, int block, String problem) {
        if (!condition) {
            throw new IllegalStateException("block " + block + ": " + problem);
        }
    }

    private int cached(BlockHash hash) {
        return tree.find(hash).orElseThrow(() -> new IllegalStateException(hash + " is not cached"));
    }

    private int use(int block) {
        pool.retain(block);
        tree.use(block);
        return block;
    }

    private int allocate() {
        OptionalInt block = pool.allocate();
        if (block.isEmpty()) {
            int evicted = tree.evict().orElseThrow(() -> new IllegalStateException("no idle block to evict"));
            pool.free(evicted);
            block = pool.allocate();
        }
        return block.orElseThrow();
    }
}
