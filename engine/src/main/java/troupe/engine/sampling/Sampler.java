package troupe.engine.sampling;

import java.util.List;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoredToken;

/**
 * Draws a token from logits. The steps and their order are vLLM's: stop tokens are masked before {@code minTokens};
 * repetition, frequency and presence penalties; temperature; min_p; top_k; top_p; draw. Greedy ends after the penalties.
 *
 * <p>The result is a function of logits and {@link SampleSpec} alone, to the bit: weights are one polynomial of the
 * logit's distance to the greatest, sums run in doubles in a fixed order, ties go to the lower id, exactly {@code topK}
 * tokens are kept, and the draw inverts the cumulative distribution in order of the token id at one {@link Philox} number.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
public final class Sampler {
    private final TokenIds endOfSequence;
    private final LogitsScan scan;
    private final LogitsScorer scorer;
    private final float[] adjusted;
    private final Penalties penalties;
    private final TokenDraw draw;

    /**
     * @param vocabularySize tokens
     * @param endOfSequence ids that end an answer
     */
    public Sampler(int vocabularySize, TokenIds endOfSequence) {
        this.endOfSequence = endOfSequence;
        scan = new LogitsScan(vocabularySize);
        Weights weights = new Weights(vocabularySize);
        scorer = new LogitsScorer(scan, weights);
        adjusted = new float[vocabularySize];
        penalties = new Penalties(vocabularySize);
        draw = new TokenDraw(vocabularySize, scan, weights);
    }

    /** Gives log-probabilities in this sampler's scratch memory. */
    public LogitsScorer scorer() {
        return scorer;
    }

    /**
     * Draws the token at the absolute position {@code spec.promptTokens() + spec.outputTokens()}.
     *
     * @param logits one per token of the vocabulary; left as they are
     * @return failed if a logit is not finite or no token is left to draw
     */
    public SampleResult sample(float[] logits, SampleSpec spec) {
        scan.read(logits);
        if (!scan.isFinite()) {
            return LogitsScorer.notFinite(logits);
        }
        boolean changed = isAdjusted(spec);
        float[] used = changed ? adjusted(logits, spec) : logits;
        int greatest = scan.greatest(used);
        if (!Float.isFinite(used[greatest])) {
            return new SampleResult.Failed(
                    "the greatest logit after masks and penalties is " + used[greatest] + " (token " + greatest + ")");
        }
        int token = spec.params().isGreedy() ? greatest : draw.token(used, used[greatest], spec);
        int logprobs = spec.params().logprobs();
        if (logprobs < 0) {
            return new SampleResult.Scored(new ScoredToken(token, Float.NaN, List.of()));
        }
        if (changed) {
            scan.read(logits);
        }
        return new SampleResult.Scored(scorer.scoreFinite(logits, token, logprobs));
    }

    private static boolean isAdjusted(SampleSpec spec) {
        return spec.outputTokens() < spec.params().minTokens() || spec.params().usesPenalties();
    }

    /** A copy of the logits with masks and penalties, read by the scan. */
    private float[] adjusted(float[] logits, SampleSpec spec) {
        System.arraycopy(logits, 0, adjusted, 0, logits.length);
        SamplingParams params = spec.params();
        if (spec.outputTokens() < params.minTokens()) {
            StopTokens.every(params, endOfSequence).mask(adjusted);
        }
        if (params.usesPenalties()) {
            penalties.apply(adjusted, spec);
        }
        scan.read(adjusted);
        return adjusted;
    }
}
