package troupe.engine.executor;

import java.util.List;

/**
 * A token drawn or scored.
 *
 * @param logprob natural log-probability under the model's own distribution; NaN if none was asked for
 * @param top the likeliest tokens at this position, likeliest first, ties to the lower id; empty if none asked for
 */
public record ScoredToken(int token, float logprob, List<TokenLogprob> top) {
    public ScoredToken {
        top = List.copyOf(top);
    }
}
