package troupe.cluster.simulation;

import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockHashes;
import troupe.engine.kv.BlockManager;
import troupe.engine.kv.BlockTable;
import troupe.engine.kv.TokenSequence;

/**
 * The yardstick of all policies: one prefix cache for all requests, each of which is answered before the next one begins.
 */
public final class OneCache {
    private final ExecutorInfo executor;
    private final BlockManager blocks;
    private final BlockHash root;
    private long queried;
    private long found;

    private OneCache(ExecutorInfo executor, int blocks) {
        this.executor = executor;
        this.blocks = new BlockManager(blocks, executor.blockTokens());
        root = BlockHash.root(executor.numericsId(), "", "");
    }

    /**
     * The share of prompt tokens found in the cache.
     *
     * @param speedup sessions begin this many times faster than the workload says
     * @param executor what a request runs on
     * @param blocks KV blocks of the cache
     */
    public static double hitRate(Workload workload, double speedup, ExecutorInfo executor, int blocks) {
        OneCache cache = new OneCache(executor, blocks);
        EventQueue events = new EventQueue();
        WorkloadPlayer.plan(workload, speedup, events, (session, turn, request, ended) -> {
            cache.answer(request);
            ended.run();
        });
        events.run();
        return cache.queried == 0 ? 0 : (double) cache.found / cache.queried;
    }

    private void answer(Turn turn) {
        int blockTokens = executor.blockTokens();
        TokenIds prompt = turn.prompt().tokens(executor.vocabularySize());
        TokenSequence tokens = new TokenSequence(prompt, TokenIds.EMPTY);
        BlockHashes hashes = new BlockHashes(root, blockTokens);
        hashes.extend(tokens);
        BlockTable table = new BlockTable();
        // At least one token is computed, and the last one's keys and values are never needed: as in the scheduler.
        int cached = blocks.cachedPrefix(hashes, (prompt.size() - 1) / blockTokens);
        blocks.takePrefix(table, hashes, cached);
        queried += prompt.size();
        found += (long) cached * blockTokens;
        for (int i = 0; i < turn.outputTokens() - 1; i++) {
            tokens.append(SyntheticTokens.token(turn.answer(), i, executor.vocabularySize()));
        }
        hashes.extend(tokens);
        if (!blocks.grow(table, blocks.blocksFor(tokens.size()))) {
            throw new IllegalArgumentException("the cache of " + blocks.totalBlocks()
                    + " blocks is too small for a request of " + tokens.size() + " tokens");
        }
        blocks.publish(table, hashes, tokens.size() / blockTokens);
        blocks.release(table);
    }
}
