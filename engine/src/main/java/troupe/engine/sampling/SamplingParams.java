package troupe.engine.sampling;

import troupe.engine.TokenIds;

/**
 * How the tokens of one choice are drawn; names and meanings are those that vLLM uses. Whoever accepts a request validates.
 *
 * @param temperature 0 is greedy; otherwise logits are divided by it
 * @param topK keep this many of the likeliest tokens; 0 keeps all
 * @param topP keep the smallest set of likeliest tokens whose probability reaches this; 1 keeps all
 * @param minP drop tokens less likely than this fraction of the likeliest one; 0 keeps all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen in prompt or output; 1 is off
 * @param presencePenalty subtracted once from the logit of every token in the output; 0 is off
 * @param frequencyPenalty subtracted once per occurrence in the output; 0 is off
 * @param maxTokens tokens to generate at most, at least 1
 * @param minTokens tokens before which no end-of-sequence and no stop token can be drawn
 * @param ignoreEos end-of-sequence is a token like any other
 * @param stopTokenIds tokens that end the output besides end-of-sequence
 * @param logprobs -1: none; 0: of the drawn token; n: also of the n likeliest tokens
 * @param promptLogprobs -1: none; 0: of every prompt token but the first; n: also of the n likeliest at each position
 */
public record SamplingParams(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        int maxTokens,
        int minTokens,
        boolean ignoreEos,
        TokenIds stopTokenIds,
        int logprobs,
        int promptLogprobs) {

    /** The most alternatives that can be asked for at a position. */
    public static final int MAX_LOGPROBS = 20;

    public static SamplingParams greedy(int maxTokens) {
        return new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, maxTokens, 0, false, TokenIds.EMPTY, -1, -1);
    }

    public boolean isGreedy() {
        return temperature == 0f;
    }

    public boolean usesPenalties() {
        return repetitionPenalty != 1f || presencePenalty != 0f || frequencyPenalty != 0f;
    }
}
