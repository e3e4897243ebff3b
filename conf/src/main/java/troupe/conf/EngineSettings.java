package troupe.conf;

/**
 * One engine.
 *
 * @param threads that compute; 0 takes all cores
 * @param kernels auto or the name of a kernel implementation
 * @param kvMemoryBytes of the KV cache; 0 lets the engine choose by what is free
 * @param kvType f16, f32 or q8
 * @param maxStepTokens tokens computed by one step at most, over all sequences
 * @param maxSequences sequences in the batch at most
 * @param maxWaiting sequences waiting for the batch at most
 */
public record EngineSettings(
        int threads,
        String kernels,
        long kvMemoryBytes,
        String kvType,
        int maxStepTokens,
        int maxSequences,
        int maxWaiting) {
    static EngineSettings read(SettingsReader reader) {
        return new EngineSettings(
                reader.integer("threads", 0, 1_024),
                reader.oneOf("kernels", "auto", "avx512-amx", "avx512-vnni", "avx2", "vector", "scalar"),
                reader.bytes("kv-memory", 0, 1L << 46),
                reader.oneOf("kv-type", "f16", "f32", "q8"),
                reader.integer("max-step-tokens", 1, 65_536),
                reader.integer("max-sequences", 1, 4_096),
                reader.integer("max-waiting", 1, 1_000_000));
    }
}
