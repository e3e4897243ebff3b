package troupe.actors.resume;

import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.FailureKind;
import troupe.engine.executor.ScoredToken;

/**
 * What a {@link ResumableState} wants done.
 *
 * @param <L> how a listener is reached
 * @param <S> how a sequence is reached
 */
public sealed interface ResumableEffect<L, S> {
    record Send<L, S>(String gateway, PeerMessage<L, S> message) implements ResumableEffect<L, S> {}

    /** Nobody knows the request: it is a new one. */
    record Begin<L, S>(AttachRequest<L> attach) implements ResumableEffect<L, S> {}

    /**
     * Start the record's sequence here.
     *
     * @param epoch of its new owner
     * @param tokens of each choice that are known
     */
    record Resume<L, S>(SequenceRecord record, long epoch, List<List<ScoredToken>> tokens)
            implements ResumableEffect<L, S> {}

    /** The sequence's events go to this listener from now on. */
    record Connect<L, S>(S sequence, L listener, @Nullable ReadSoFar read) implements ResumableEffect<L, S> {}

    /** The listener hears this alone. */
    record Refuse<L, S>(L listener, FailureKind kind, String message) implements ResumableEffect<L, S> {}

    /** The sequence's answer may go out; {@code holder} is the gateway that has a replica, or null where none has. */
    record Settled<L, S>(S sequence, @Nullable String holder) implements ResumableEffect<L, S> {}

    /** The sequence is to tell its tokens again, from these numbers on for each choice. */
    record SendTokens<L, S>(S sequence, List<Integer> from) implements ResumableEffect<L, S> {}

    /** The sequence has a later owner, and ends here. */
    record Supersede<L, S>(S sequence) implements ResumableEffect<L, S> {}

    /** There is no room for the sequence's finished answer. */
    record Drop<L, S>(S sequence) implements ResumableEffect<L, S> {}

    /** The sequence's listener is to go elsewhere, since this gateway is cut off; the sequence goes on without one. */
    record Detach<L, S>(S sequence) implements ResumableEffect<L, S> {}
}
