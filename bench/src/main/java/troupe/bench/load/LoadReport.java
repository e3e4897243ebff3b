package troupe.bench.load;

/**
 * What the clients of a closed loop saw.
 *
 * @param tokensPerSecond output tokens of all clients, from the first request to the end of the last answer
 * @param firstTokenMedian milliseconds from a request to its first text
 * @param gapMedian milliseconds between chunks of text of one answer
 * @param gapP99 likewise, exceeded by one of a hundred gaps
 */
public record LoadReport(double tokensPerSecond, double firstTokenMedian, double gapMedian, double gapP99) {}
