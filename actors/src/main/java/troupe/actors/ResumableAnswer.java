package troupe.actors;

import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.resume.AnswerTag;
import troupe.actors.resume.ReadSoFar;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

/**
 * The answer of a resumable request: its log, which of all answers to the request it is, and what is replicated of it.
 *
 * <pre>
 *   UNKNOWN --the numerics id is known--> IDENTIFIED, if it is the one that its client has read of: may be heard of, is kept
 * </pre>
 *
 * With log-probabilities of the prompt no tokens are replicated: these come first, so all is computed again.
 */
final class ResumableAnswer {
    /** So that no message outgrows what the transport takes. */
    private static final int MOST_TOKENS_IN_A_TAIL = 512;

    private final ResumableStart start;
    private final SamplingParams sampling;
    private final long seed;
    private final AnswerLog log;
    private final List<SequenceEffect> effects;
    /** The tag of what its client has read before; null: nothing. */
    private @Nullable String expected;
    /** Its own, once it is known. */
    private @Nullable String tag;

    /**
     * @param sampling resolved
     * @param seed given or drawn
     */
    ResumableAnswer(
            ResumableStart start, SamplingParams sampling, long seed, AnswerLog log, List<SequenceEffect> effects) {
        this.start = start;
        this.sampling = sampling;
        this.seed = seed;
        this.log = log;
        this.effects = effects;
        expected = start.read() == null ? null : start.read().answer();
    }

    /** Whether a client may have heard of it. */
    boolean isIdentified() {
        return tag != null;
    }

    /**
     * Every choice has a worker: puts the event that all others follow into the log, unless the answer is not the one that
     * its client has read of.
     *
     * @return whether it is that one
     */
    boolean identify(SequenceEvent.Accepted accepted, String numericsId) {
        String found = AnswerTag.of(start.fingerprint(), sampling, seed, numericsId);
        if (expected != null && !expected.equals(found)) {
            return false;
        }
        tag = found;
        log.begin(accepted.with(found));
        return true;
    }

    /** Whether it is known not to be the answer that a client has read of. */
    boolean isOtherThan(@Nullable ReadSoFar read) {
        return read != null && tag != null && !tag.equals(read.answer());
    }

    /** A listener is there, in place of the one before. */
    void attach(@Nullable ReadSoFar read) {
        if (read != null) {
            expected = read.answer();
        }
        log.attach(read, effects);
    }

    void detach() {
        log.detach();
    }

    /** Events that the present listener was sent. */
    long sent() {
        return log.sent();
    }

    /** Of the log, about. */
    long bytes() {
        return log.bytes();
    }

    /** The tokens of a choice that an owner before has said, as far as they help this one. */
    List<ScoredToken> known(int choice) {
        return isReplicated() ? start.tokens(choice) : List.of();
    }

    /** Further tokens of a choice are in the log, the first of them is number {@code from}: they are replicated. */
    void replicate(int choice, int from, List<ScoredToken> tokens) {
        if (isReplicated()) {
            effects.add(new SequenceEffect.Tail(choice, from, tokens));
        }
    }

    /** All tokens of the log are replicated once more, from these numbers on for each choice. */
    void replicateAgain(List<Integer> from) {
        if (!isReplicated()) {
            return;
        }
        for (int choice = 0; choice < from.size(); choice++) {
            int first = from.get(choice);
            List<ScoredToken> tokens = log.tokens(choice, first);
            for (int i = 0; i < tokens.size(); i += MOST_TOKENS_IN_A_TAIL) {
                effects.add(new SequenceEffect.Tail(
                        choice, first + i, tokens.subList(i, Math.min(tokens.size(), i + MOST_TOKENS_IN_A_TAIL))));
            }
        }
    }

    private boolean isReplicated() {
        return sampling.promptLogprobs() < 0;
    }
}
