package troupe.engine.executor;

import troupe.engine.TokenIds;

/**
 * What an executor is and holds; fixed for its life.
 *
 * @param model name shown to clients
 * @param numericsId what the bits of a result depend on: weights' checksum, backend, version of the arithmetic, KV type,
 *     parallel degree; sequences and KV blocks move only within one id
 * @param kernels which kernels compute, for people ("avx512-vnni")
 * @param vocabularySize tokens
 * @param contextLength the longest sequence, tokens
 * @param endOfSequence ids that end an answer
 * @param blockTokens tokens per KV block
 * @param kvBlocks blocks in the pool
 * @param kvBlockBytes bytes per block over all layers
 */
public record ExecutorInfo(
        String model,
        String numericsId,
        String kernels,
        int vocabularySize,
        int contextLength,
        TokenIds endOfSequence,
        int blockTokens,
        int kvBlocks,
        long kvBlockBytes) {}
