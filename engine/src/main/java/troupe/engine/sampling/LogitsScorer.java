package troupe.engine.sampling;

import java.util.ArrayList;
import java.util.List;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;

/**
 * Log-probabilities under the model's own distribution: the log-softmax of unmodified logits. Exponentials are one
 * polynomial, summed in doubles in order of the token id; so the bits depend on the logits alone.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
public final class LogitsScorer {
    private final LogitsScan scan;
    private final Weights weights;

    /** @param vocabularySize tokens */
    public LogitsScorer(int vocabularySize) {
        this(new LogitsScan(vocabularySize), new Weights(vocabularySize));
    }

    LogitsScorer(LogitsScan scan, Weights weights) {
        this.scan = scan;
        this.weights = weights;
    }

    /**
     * The log-probability of {@code target} and of the {@code topLogprobs} likeliest tokens.
     *
     * @param logits one per token of the vocabulary; left as they are
     * @return failed if a logit is not finite
     */
    public SampleResult score(float[] logits, int target, int topLogprobs) {
        scan.read(logits);
        return scan.isFinite() ? new SampleResult.Scored(scoreFinite(logits, target, topLogprobs)) : notFinite(logits);
    }

    /** As {@link #score} for logits that the scan has read and found finite. */
    ScoredToken scoreFinite(float[] logits, int target, int topLogprobs) {
        float max = logits[scan.greatest(logits)];
        double logSum = StrictMath.log(weights.fill(logits, max, 1f, 0f));
        float logprob = logprob(logits[target], max, logSum);
        return new ScoredToken(target, logprob, likeliest(logits, topLogprobs, max, logSum));
    }

    private static float logprob(float logit, float max, double logSum) {
        return (float) ((double) logit - max - logSum);
    }

    /** The {@code count} greatest logits by insertion: cheap for the few that can be asked for. */
    private List<TokenLogprob> likeliest(float[] logits, int count, float max, double logSum) {
        int limit = Math.min(count, logits.length);
        if (limit == 0) {
            return List.of();
        }
        int[] best = new int[limit];
        int size = 0;
        for (int block = 0; block < scan.blocks(); block++) {
            if (size == limit && scan.greatestKey(block) <= LogitsScan.key(logits[best[size - 1]])) {
                continue;
            }
            int to = Math.min(logits.length, (block + 1) * LogitsScan.BLOCK);
            for (int token = block * LogitsScan.BLOCK; token < to; token++) {
                size = insert(best, size, logits, token);
            }
        }
        List<TokenLogprob> top = new ArrayList<>(limit);
        for (int token : best) {
            top.add(new TokenLogprob(token, logprob(logits[token], max, logSum)));
        }
        return top;
    }

    private static int insert(int[] best, int size, float[] logits, int token) {
        float logit = logits[token];
        if (size == best.length && logit <= logits[best[size - 1]]) {
            return size;
        }
        int at = size < best.length ? size : size - 1;
        int newSize = at + 1;
        while (at > 0 && logits[best[at - 1]] < logit) {
            best[at] = best[at - 1];
            at--;
        }
        best[at] = token;
        return newSize;
    }

    /** Names the first logit that is not finite. */
    static SampleResult notFinite(float[] logits) {
        int token = 0;
        while (Float.isFinite(logits[token])) {
            token++;
        }
        return new SampleResult.Failed("the logit of token " + token + " is " + logits[token]);
    }
}
