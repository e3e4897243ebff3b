package troupe.cluster.simulation;

/**
 * One request of a session.
 *
 * @param pauseSeconds between the end of the answer before it, or the session's start, and this request
 * @param prompt all of it, what came before included
 * @param outputTokens that are generated, at least 1
 * @param answer names the run of tokens that will be generated; the request's seed
 */
public record Turn(double pauseSeconds, TokenRuns prompt, int outputTokens, long answer) {
    public Turn {
        if (!(pauseSeconds >= 0) || prompt.size() < 1 || outputTokens < 1) {
            throw new IllegalArgumentException("pause " + pauseSeconds + " s, " + prompt.size() + " prompt tokens, "
                    + outputTokens + " output tokens: at least 0, 1 and 1 are required");
        }
    }
}
