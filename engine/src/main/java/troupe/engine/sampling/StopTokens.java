package troupe.engine.sampling;

import java.util.Arrays;
import troupe.engine.TokenIds;

/** A set of token ids that end an output. */
public final class StopTokens {
    private final int[] sorted;

    private StopTokens(int[] sorted) {
        this.sorted = sorted;
    }

    /** The tokens that end an output under {@code params}: its stop tokens, and end-of-sequence unless ignored. */
    public static StopTokens of(SamplingParams params, TokenIds endOfSequence) {
        return params.ignoreEos() ? union(params.stopTokenIds(), TokenIds.EMPTY) : every(params, endOfSequence);
    }

    /** All of them, end-of-sequence even where it is ignored: what cannot be drawn before {@code minTokens}. */
    public static StopTokens every(SamplingParams params, TokenIds endOfSequence) {
        return union(params.stopTokenIds(), endOfSequence);
    }

    private static StopTokens union(TokenIds first, TokenIds second) {
        int[] all = new int[first.size() + second.size()];
        first.copyTo(all, 0);
        second.copyTo(all, first.size());
        Arrays.sort(all);
        return new StopTokens(all);
    }

    public boolean contains(int token) {
        return Arrays.binarySearch(sorted, token) >= 0;
    }

    /** Gives those of the ids that are below {@code logits.length} no chance. */
    void mask(float[] logits) {
        for (int token : sorted) {
            if (token >= 0 && token < logits.length) {
                logits[token] = Float.NEGATIVE_INFINITY;
            }
        }
    }
}
