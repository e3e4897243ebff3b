package troupe.engine;

import org.jspecify.annotations.Nullable;

/**
 * Load and counters of one engine at one moment; counters count from the engine's start.
 *
 * @param running sequences in the batch
 * @param waiting sequences accepted and not in the batch
 * @param waitingTokens tokens still to prefill: of the waiting ones, but for what was cached when they came in, and of the
 *     running ones
 * @param usedBlocks KV blocks that running sequences hold
 * @param cachedBlocks KV blocks that only the prefix cache holds: free on demand
 * @param totalBlocks KV blocks in the pool
 * @param prefixQueries tokens looked up in the prefix cache
 * @param prefixHits tokens of those found there
 * @param speed of its steps; null until enough of them were measured
 */
public record EngineStats(
        int running,
        int waiting,
        long waitingTokens,
        int usedBlocks,
        int cachedBlocks,
        int totalBlocks,
        long steps,
        long prefixQueries,
        long prefixHits,
        long preemptions,
        long promptTokens,
        long generatedTokens,
        @Nullable EngineSpeed speed) {
    /** The same with another speed. */
    public EngineStats withSpeed(@Nullable EngineSpeed measured) {
        return new EngineStats(
                running,
                waiting,
                waitingTokens,
                usedBlocks,
                cachedBlocks,
                totalBlocks,
                steps,
                prefixQueries,
                prefixHits,
                preemptions,
                promptTokens,
                generatedTokens,
                measured);
    }
}
