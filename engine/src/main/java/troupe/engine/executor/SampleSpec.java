package troupe.engine.executor;

import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * All that drawing one token depends on besides the logits. Nothing of it is engine state, so any worker draws the same.
 *
 * @param seed drawn or given when the request was accepted
 * @param choice index among the request's n choices
 * @param promptTokens length of the prompt, tokens
 * @param outputTokens tokens generated so far, those of earlier attempts included; the token drawn now has the absolute
 *     position {@code promptTokens + outputTokens}
 * @param history prompt and output so far if {@code params} uses penalties, else empty
 */
public record SampleSpec(
        SamplingParams params, long seed, int choice, int promptTokens, int outputTokens, TokenIds history) {}
