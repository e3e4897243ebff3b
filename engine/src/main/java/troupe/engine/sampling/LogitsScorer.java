package troupe.engine.sampling;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.kernels.Exp;

/**
 * Log-probabilities under the model's own distribution: the log-softmax of unmodified logits. Exponentials are one
 * polynomial, summed in doubles in order of the token id; so the bits depend on the logits alone.
 */
public final class LogitsScorer {
    private LogitsScorer() {}

    /**
     * The log-probability of {@code target} and of the {@code topLogprobs} likeliest tokens.
     *
     * @param logits one per token of the vocabulary; left as they are
     */
    public static SampleResult score(float[] logits, int target, int topLogprobs) {
        int bad = firstNotFinite(logits);
        if (bad >= 0) {
            return notFinite(logits, bad);
        }
        return new SampleResult.Scored(scoreFinite(logits, target, topLogprobs));
    }

    /** As {@link #score} for logits that are known to be finite. */
    static ScoredToken scoreFinite(float[] logits, int target, int topLogprobs) {
        float max = logits[argmax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Exp.exp(logit - max);
        }
        double logSum = StrictMath.log(sum);
        float logprob = logprob(logits[target], max, logSum);
        return new ScoredToken(target, logprob, likeliest(logits, topLogprobs, max, logSum));
    }

    private static float logprob(float logit, float max, double logSum) {
        return (float) ((double) logit - max - logSum);
    }

    /** The {@code count} greatest logits by insertion: cheap for the few that can be asked for. */
    private static List<TokenLogprob> likeliest(float[] logits, int count, float max, double logSum) {
        int limit = Math.min(count, logits.length);
        if (limit == 0) {
            return List.of();
        }
        int[] best = new int[limit];
        int size = 0;
        for (int token = 0; token < logits.length; token++) {
            float logit = logits[token];
            if (size == limit && logit <= logits[best[size - 1]]) {
                continue;
            }
            int at = size < limit ? size++ : size - 1;
            while (at > 0 && logits[best[at - 1]] < logit) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = token;
        }
        List<TokenLogprob> top = new ArrayList<>(limit);
        for (int token : best) {
            top.add(new TokenLogprob(token, logprob(logits[token], max, logSum)));
        }
        return top;
    }

    /** The lowest id among the greatest logits. */
    static int argmax(float[] logits) {
        int best = 0;
        for (int token = 1; token < logits.length; token++) {
            if (logits[token] > logits[best]) {
                best = token;
            }
        }
        return best;
    }

    /** The first id whose logit is not finite, or -1 as {@code indexOf} does. */
    static int firstNotFinite(float[] logits) {
        for (int token = 0; token < logits.length; token++) {
            if (!Float.isFinite(logits[token])) {
                return token;
            }
        }
        return -1;
    }

    static SampleResult notFinite(float[] logits, int token) {
        return new SampleResult.Failed("the logit of token " + token + " is " + logits[token]);
    }
}
