package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.engine.TokenIds;

/**
 * The blocks that an attempt should make its worker hold, beyond those that it was thought to hold. The first one's hash
 * names all that comes before it; those behind it are compared by their tokens, which need no hash.
 */
final class Prediction {
    final RoutedWorker worker;
    /** Steps that the worker may take, once the attempt is in its reports, until it holds them. */
    final long steps;

    private final long high;
    private final long low;
    private final TokenIds tokens;
    private final int blockTokens;
    /** The place of the first block in the prompt. */
    private final int from;

    /** Of the bucket that it lies in. */
    @Nullable
    Prediction next;

    /** All full blocks of a prompt from one on that there is. */
    Prediction(RoutedWorker worker, PromptHashes prompt, int from, long steps) {
        this.worker = worker;
        this.steps = steps;
        this.from = from;
        high = prompt.high(from);
        low = prompt.low(from);
        tokens = prompt.tokens();
        blockTokens = prompt.blockTokens();
    }

    long low() {
        return low;
    }

    /** How many of the full blocks of {@code prompt}, from one at {@code block} on, are the first ones of these. */
    int common(PromptHashes prompt, int block) {
        if (block != from || low != prompt.low(block) || high != prompt.high(block)) {
            return 0;
        }
        int blocks = Math.min(tokens.size() / blockTokens, prompt.blocks());
        return (tokens.mismatch(prompt.tokens(), from * blockTokens, blocks * blockTokens) / blockTokens) - from;
    }
}
