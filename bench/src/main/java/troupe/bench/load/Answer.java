package troupe.bench.load;

/**
 * A whole answer.
 *
 * @param text that follows the prompt
 * @param promptTokens by the server's count
 * @param completionTokens by the server's count
 */
public record Answer(String text, int promptTokens, int completionTokens) {}
