package troupe.cluster.simulation;

/**
 * What the clients of a workload saw.
 *
 * @param requests answered, all of them to their last token
 * @param promptTokens of all requests
 * @param cachedTokens of those, found in a prefix cache
 * @param outputTokens of all answers
 * @param seconds from the first request to the last token
 * @param firstTokenP50 seconds from a request to its first token; P90 and P99 likewise
 * @param gapP99 seconds between two tokens of an answer, exceeded by one of a hundred gaps
 */
public record RoutingFigures(
        int requests,
        long promptTokens,
        long cachedTokens,
        long outputTokens,
        double seconds,
        double firstTokenP50,
        double firstTokenP90,
        double firstTokenP99,
        double gapP99) {
    /** The share of prompt tokens that came from a cache. */
    public double hitRate() {
        return promptTokens == 0 ? 0 : (double) cachedTokens / promptTokens;
    }

    /** Output tokens per second over all workers. */
    public double tokensPerSecond() {
        return seconds == 0 ? 0 : outputTokens / seconds;
    }

    public double requestsPerSecond() {
        return seconds == 0 ? 0 : requests / seconds;
    }
}
