package troupe.engine.testing;

import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/** Requests with plain defaults. */
public final class Requests {
    private Requests() {}

    /** The first attempt at choice 0: seed 1, priority 0, no deadline, no salt, no tenant. */
    public static EngineRequest of(String sequence, TokenIds prompt, SamplingParams sampling) {
        AttemptKey key = new AttemptKey(sequence, 0, 0, 0);
        return new EngineRequest(key, prompt, TokenIds.EMPTY, sampling, 1, 0, Long.MAX_VALUE, "", Tenant.NONE);
    }

    /** A prompt of {@code length} tokens that counts up from {@code first}. */
    public static TokenIds prompt(int first, int length) {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = first + i;
        }
        return TokenIds.of(ids);
    }

    public static EngineRequest withPriority(EngineRequest r, int priority) {
        return with(r, r.key(), r.output(), priority, r.deadlineNanos(), r.cacheSalt(), r.tenant());
    }

    public static EngineRequest withDeadline(EngineRequest r, long deadlineNanos) {
        return with(r, r.key(), r.output(), r.priority(), deadlineNanos, r.cacheSalt(), r.tenant());
    }

    public static EngineRequest withSalt(EngineRequest r, String salt) {
        return with(r, r.key(), r.output(), r.priority(), r.deadlineNanos(), salt, r.tenant());
    }

    public static EngineRequest withTenant(EngineRequest r, Tenant tenant) {
        return with(r, r.key(), r.output(), r.priority(), r.deadlineNanos(), r.cacheSalt(), tenant);
    }

    public static EngineRequest withChoice(EngineRequest r, int choice) {
        AttemptKey key = r.key();
        return withKey(r, new AttemptKey(key.sequence(), key.epoch(), key.attempt(), choice), r.output());
    }

    /** The next attempt, which goes on after {@code output}. */
    public static EngineRequest resumed(EngineRequest r, TokenIds output) {
        AttemptKey key = r.key();
        return withKey(r, new AttemptKey(key.sequence(), key.epoch(), key.attempt() + 1, key.choice()), output);
    }

    private static EngineRequest withKey(EngineRequest r, AttemptKey key, TokenIds output) {
        return with(r, key, output, r.priority(), r.deadlineNanos(), r.cacheSalt(), r.tenant());
    }

    private static EngineRequest with(
            EngineRequest r,
            AttemptKey key,
            TokenIds output,
            int priority,
            long deadlineNanos,
            String salt,
            Tenant tenant) {
        return new EngineRequest(
                key, r.prompt(), output, r.sampling(), r.seed(), priority, deadlineNanos, salt, tenant);
    }
}
