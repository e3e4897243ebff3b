package troupe.engine.cpu;

import troupe.conf.SettingsException;

/**
 * Where a replica's memory goes.
 *
 * @param weightBytes packed weights
 * @param weightsShared whether they are mapped from a file and shared by all processes that serve the model
 * @param kvBlocks blocks of the KV cache
 * @param kvBlockBytes bytes of one block over all layers
 * @param blockTokens tokens that a block holds
 */
public record MemoryPlan(long weightBytes, boolean weightsShared, int kvBlocks, long kvBlockBytes, int blockTokens) {
    private static final long DEFAULT_KV_LIMIT = 2L << 30;

    public long kvBytes() {
        return kvBlocks * kvBlockBytes;
    }

    /** Tokens that the KV cache holds over all sequences. */
    public long kvTokens() {
        return (long) kvBlocks * blockTokens;
    }

    /**
     * Sizes the KV cache.
     *
     * @param requestedKvBytes 0 takes a quarter of {@code availableBytes}, at most 2 GiB
     * @throws SettingsException if not even one block fits, or the request exceeds what is available
     */
    public static MemoryPlan of(
            long weightBytes,
            boolean weightsShared,
            long kvBlockBytes,
            int blockTokens,
            long requestedKvBytes,
            long availableBytes) {
        long kvBytes = requestedKvBytes > 0 ? requestedKvBytes : Math.min(availableBytes / 4, DEFAULT_KV_LIMIT);
        if (requestedKvBytes > availableBytes) {
            throw new SettingsException("troupe.engine.kv-memory is " + requestedKvBytes + " bytes, but only "
                    + availableBytes + " bytes of memory are available");
        }
        long blocks = Math.min(kvBytes / kvBlockBytes, Integer.MAX_VALUE);
        if (blocks < 1) {
            throw new SettingsException("the KV cache would have " + kvBytes + " bytes, but one block of " + blockTokens
                    + " tokens takes " + kvBlockBytes);
        }
        return new MemoryPlan(weightBytes, weightsShared, (int) blocks, kvBlockBytes, blockTokens);
    }
}
