package troupe.engine;

import troupe.engine.sampling.SamplingParams;

/**
 * One choice to be generated. Prompt and output so far are kept apart, so that a resumed attempt goes on with the same
 * penalties, counts and random numbers as an undisturbed one.
 *
 * @param prompt at least one token
 * @param output tokens that earlier attempts generated
 * @param seed of all random draws
 * @param priority lower runs first, as in vLLM
 * @param deadlineNanos on the engine's clock; {@link Long#MAX_VALUE} for none. Past it the request fails
 * @param cacheSalt requests share cached prefixes only within one salt; empty is a salt like any other
 * @param tenant whose it is: prompts of several tenants are computed in turn
 */
public record EngineRequest(
        AttemptKey key,
        TokenIds prompt,
        TokenIds output,
        SamplingParams sampling,
        long seed,
        int priority,
        long deadlineNanos,
        String cacheSalt,
        Tenant tenant) {}
