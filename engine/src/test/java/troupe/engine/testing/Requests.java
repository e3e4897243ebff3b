package troupe.engine.testing;

import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/** Requests with plain defaults. */
public final class Requests {
    private Requests() {}

    /** The first attempt at choice 0: seed 1, priority 0, no deadline, no salt. */
    public static EngineRequest of(String sequence, TokenIds prompt, SamplingParams sampling) {
        return new EngineRequest(
                new AttemptKey(sequence, 0, 0, 0), prompt, TokenIds.EMPTY, sampling, 1, 0, Long.MAX_VALUE, "");
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
        return new EngineRequest(
                r.key(), r.prompt(), r.output(), r.sampling(), r.seed(), priority, r.deadlineNanos(), r.cacheSalt());
    }

    public static EngineRequest withDeadline(EngineRequest r, long deadlineNanos) {
        return new EngineRequest(
                r.key(), r.prompt(), r.output(), r.sampling(), r.seed(), r.priority(), deadlineNanos, r.cacheSalt());
    }

    public static EngineRequest withSalt(EngineRequest r, String salt) {
        return new EngineRequest(
                r.key(), r.prompt(), r.output(), r.sampling(), r.seed(), r.priority(), r.deadlineNanos(), salt);
    }

    public static EngineRequest withChoice(EngineRequest r, int choice) {
        return withKey(
                r, new AttemptKey(r.key().sequence(), r.key().epoch(), r.key().attempt(), choice));
    }

    /** The next attempt, which goes on after {@code output}. */
    public static EngineRequest resumed(EngineRequest r, TokenIds output) {
        AttemptKey key = r.key();
        EngineRequest next = withKey(r, new AttemptKey(key.sequence(), key.epoch(), key.attempt() + 1, key.choice()));
        return new EngineRequest(
                next.key(), r.prompt(), output, r.sampling(), r.seed(), r.priority(), r.deadlineNanos(), r.cacheSalt());
    }

    private static EngineRequest withKey(EngineRequest r, AttemptKey key) {
        return new EngineRequest(
                key, r.prompt(), r.output(), r.sampling(), r.seed(), r.priority(), r.deadlineNanos(), r.cacheSalt());
    }
}
