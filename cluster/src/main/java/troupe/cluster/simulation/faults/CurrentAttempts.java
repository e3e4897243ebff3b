package troupe.cluster.simulation.faults;

import java.util.HashMap;
import java.util.Map;
import troupe.engine.AttemptKey;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;

/** Watches that a choice's tokens come from the attempt that its owner made last. */
final class CurrentAttempts {
    private record Choice(String sequence, int index) {}

    private final Map<Choice, AttemptKey> current = new HashMap<>();

    /** The owner goes on with this attempt. */
    void current(AttemptKey attempt) {
        current.put(new Choice(attempt.sequence(), attempt.choice()), attempt);
    }

    /** A token is on its way to its client; it says which attempt computed it. */
    void check(String sequence, int choice, ScoredToken token) {
        AttemptKey attempt = current.get(new Choice(sequence, choice));
        TokenLogprob mark = token.top().getFirst();
        if (attempt == null || mark.token() != attempt.attempt() || mark.logprob() != attempt.epoch()) {
            throw new Violation(
                    Invariant.NO_SUPERSEDED_TOKENS,
                    "a token of attempt " + mark.token() + " of epoch " + (long) mark.logprob() + " is sent while "
                            + attempt + " is current");
        }
    }
}
