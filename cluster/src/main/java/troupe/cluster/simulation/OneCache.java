package troupe.cluster.simulation;

import java.util.ArrayList;
import java.util.List;
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
    /** Names the runs of tokens that are left of prompts. */
    private static final int REST = -2;

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
     * Answers a workload.
     *
     * @param speedup sessions begin this many times faster than the workload says
     * @param window of the requests that count
     * @param executor what a request runs on
     * @param blocks KV blocks of the cache
     */
    public static Outcome run(Workload workload, double speedup, Window window, ExecutorInfo executor, int blocks) {
        OneCache cache = new OneCache(executor, blocks);
        EventQueue events = new EventQueue();
        List<List<Turn>> rest = new ArrayList<>();
        for (int i = 0; i < workload.size(); i++) {
            rest.add(new ArrayList<>());
        }
        WorkloadPlayer.plan(workload, speedup, window, events, (session, turn, request, ended) -> {
            int cached = cache.answer(request);
            if (window.counts(events.now())) {
                cache.queried += request.prompt().size();
                cache.found += cached;
            }
            TokenRuns prompt = TokenRuns.EMPTY.then(
                    SyntheticTokens.inCopy(request.answer(), REST),
                    request.prompt().size() - cached);
            rest.get(session).add(new Turn(request.pauseSeconds(), prompt, request.outputTokens(), request.answer()));
            ended.run();
        });
        events.run();
        return new Outcome(
                cache.queried == 0 ? 0 : (double) cache.found / cache.queried, new Rest(workload, List.copyOf(rest)));
    }

    /**
     * What the cache did.
     *
     * @param hitRate the share of prompt tokens that it had
     * @param rest the same requests without those tokens, which share nothing: what is left to compute where every worker
     *     holds all that the one cache does
     */
    public record Outcome(double hitRate, Workload rest) {}

    private record Rest(Workload whole, List<List<Turn>> sessions) implements Workload {
        @Override
        public String title() {
            return whole.title();
        }

        @Override
        public int size() {
            return sessions.size();
        }

        @Override
        public double startSeconds(int session) {
            return whole.startSeconds(session);
        }

        @Override
        public List<Turn> turns(int session) {
            return sessions.get(session);
        }
    }

    /** Gives the tokens found. */
    private int answer(Turn turn) {
        int blockTokens = executor.blockTokens();
        TokenIds prompt = turn.prompt().tokens(executor.vocabularySize());
        TokenSequence tokens = new TokenSequence(prompt, TokenIds.EMPTY);
        BlockHashes hashes = new BlockHashes(root, blockTokens);
        hashes.extend(tokens);
        BlockTable table = new BlockTable();
        // At least one token is computed, and the last one's keys and values are never needed: as in the scheduler.
        int cached = blocks.cachedPrefix(hashes, (prompt.size() - 1) / blockTokens);
        blocks.takePrefix(table, hashes, cached);
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
        return cached * blockTokens;
    }
}
