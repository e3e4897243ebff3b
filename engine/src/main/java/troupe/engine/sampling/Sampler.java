package troupe.engine.sampling;

import java.util.List;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoredToken;
import troupe.kernels.Exp;

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
    private final float[] adjusted;
    private final float[] weights;
    private final Penalties penalties;
    private final Candidates candidates;

    /**
     * @param vocabularySize tokens
     * @param endOfSequence ids that end an answer
     */
    public Sampler(int vocabularySize, TokenIds endOfSequence) {
        this.endOfSequence = endOfSequence;
        adjusted = new float[vocabularySize];
        weights = new float[vocabularySize];
        penalties = new Penalties(vocabularySize);
        candidates = new Candidates(vocabularySize);
    }

    /**
     * Draws the token at the absolute position {@code spec.promptTokens() + spec.outputTokens()}.
     *
     * @param logits one per token of the vocabulary; left as they are
     * @return failed if a logit is not finite or no token is left to draw
     */
    public SampleResult sample(float[] logits, SampleSpec spec) {
        if (logits.length != adjusted.length) {
            throw new IllegalArgumentException(
                    "logits has " + logits.length + " values, the vocabulary " + adjusted.length + " tokens");
        }
        int bad = LogitsScorer.firstNotFinite(logits);
        if (bad >= 0) {
            return LogitsScorer.notFinite(logits, bad);
        }
        adjust(logits, spec);
        int greatest = LogitsScorer.argmax(adjusted);
        if (!Float.isFinite(adjusted[greatest])) {
            return new SampleResult.Failed("the greatest logit after masks and penalties is " + adjusted[greatest]
                    + " (token " + greatest + ")");
        }
        int token = spec.params().isGreedy() ? greatest : draw(adjusted[greatest], spec);
        int logprobs = spec.params().logprobs();
        return new SampleResult.Scored(
                logprobs < 0
                        ? new ScoredToken(token, Float.NaN, List.of())
                        : LogitsScorer.scoreFinite(logits, token, logprobs));
    }

    private void adjust(float[] logits, SampleSpec spec) {
        System.arraycopy(logits, 0, adjusted, 0, logits.length);
        SamplingParams params = spec.params();
        if (spec.outputTokens() < params.minTokens()) {
            StopTokens.every(params, endOfSequence).mask(adjusted);
        }
        if (params.usesPenalties()) {
            penalties.apply(adjusted, spec);
        }
    }

    private int draw(float greatest, SampleSpec spec) {
        SamplingParams params = spec.params();
        weigh(greatest, params);
        long least = leastKept(params);
        double total = 0;
        for (int token = 0; token < weights.length; token++) {
            if (isKept(token, least)) {
                total += weights[token];
            }
        }
        int position = spec.promptTokens() + spec.outputTokens();
        double target = total * Philox.uniform(spec.seed(), spec.choice(), position, Philox.Purpose.TOKEN);
        double cumulative = 0;
        int last = 0;
        for (int token = 0; token < weights.length; token++) {
            if (isKept(token, least)) {
                cumulative += weights[token];
                last = token;
                if (cumulative > target) {
                    break;
                }
            }
        }
        return last;
    }

    /** Unnormalized probabilities, 1 for the likeliest; 0 for what min_p drops. */
    private void weigh(float greatest, SamplingParams params) {
        for (int token = 0; token < weights.length; token++) {
            float weight = Exp.exp((adjusted[token] - greatest) / params.temperature());
            weights[token] = weight < params.minP() ? 0f : weight;
        }
    }

    private boolean isKept(int token, long leastKey) {
        return weights[token] > 0f && Candidates.key(adjusted[token], token) >= leastKey;
    }

    /** The key of the last token that top_k and top_p keep. */
    private long leastKept(SamplingParams params) {
        boolean byCount = params.topK() > 0 && params.topK() < weights.length;
        boolean byMass = params.topP() < 1f;
        if (!byCount && !byMass) {
            return Long.MIN_VALUE;
        }
        candidates.clear();
        double total = 0;
        for (int token = 0; token < weights.length; token++) {
            if (weights[token] > 0f) {
                candidates.add(adjusted[token], token);
                total += weights[token];
            }
        }
        candidates.heapify();
        return byCount ? leastOfCount(params) : leastOfMass(params.topP() * total);
    }

    private long leastOfMass(double wanted) {
        double mass = 0;
        long key = Long.MAX_VALUE;
        while (candidates.remaining() > 0 && mass < wanted) {
            key = candidates.takeGreatest();
            mass += weights[Candidates.token(key)];
        }
        return key;
    }

    private long leastOfCount(SamplingParams params) {
        int all = candidates.remaining();
        int count = Math.min(params.topK(), all);
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[Candidates.token(candidates.takeGreatest())];
        }
        double wanted = params.topP() * total;
        double mass = 0;
        int kept = 0;
        while (kept < count && (kept == 0 || mass < wanted)) {
            mass += weights[Candidates.token(candidates.taken(kept, all))];
            kept++;
        }
        return candidates.taken(kept - 1, all);
    }
}
