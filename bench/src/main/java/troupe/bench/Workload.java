package troupe.bench;

/**
 * One row of the comparison.
 *
 * @param promptTokens per stream
 * @param generatedTokens per stream
 * @param streams that run at once
 * @param figure which rate counts, tokens per second over all streams
 */
record Workload(String title, int promptTokens, int generatedTokens, int streams, Figure figure) {
    enum Figure {
        PREFILL,
        DECODE
    }
}
