package troupe.actors;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/** What a {@link SequenceState} wants done. */
public sealed interface SequenceEffect {
    record Emit(SequenceEvent event) implements SequenceEffect {}

    record EmitLogged(LoggedEvent event) implements SequenceEffect {}

    /** An attempt at an accepted choice is lost. */
    record Lost(AttemptKey attempt) implements SequenceEffect {}

    /** Find a worker for an attempt; {@code isolated}: for it alone. */
    record Select(
            AttemptKey attempt, TokenIds tokens, @Nullable String numericsId, Set<WorkerId> avoid, boolean isolated)
            implements SequenceEffect {}

    /** Ask the worker to keep itself for the request; {@code claim}: even if it still has something else. */
    record Reserve(WorkerId worker, AttemptKey attempt, boolean claim) implements SequenceEffect {}

    /** The request needs no worker for itself any more. */
    record Rejoin() implements SequenceEffect {}

    /** The worker need not keep itself for the request any more; said again and again, since it may get lost. */
    record Release(WorkerId worker) implements SequenceEffect {}

    /** The request brings workers down: equal ones are to be refused. */
    record Convict() implements SequenceEffect {}

    record Submit(WorkerId worker, AttemptKey attempt, TokenIds output) implements SequenceEffect {}

    /** The attempt is at its worker, or goes to none: whoever chose the worker need not count it any more. */
    record Settle(AttemptKey attempt) implements SequenceEffect {}

    record Cancel(WorkerId worker, AttemptKey attempt) implements SequenceEffect {}

    /** All events before {@code next} have been taken. */
    record Acknowledge(WorkerId worker, AttemptKey attempt, int next) implements SequenceEffect {}

    /** The events from {@code from} on are missing; a worker that has not got the attempt is to say so. */
    record Resend(WorkerId worker, AttemptKey attempt, int from) implements SequenceEffect {}

    /** Call {@link SequenceState#onRetry} later, once for the last call of each choice. */
    record RetryLater(int choice, Duration delay) implements SequenceEffect {}

    /** Every choice of a resumable request has a worker of {@code numericsId}: replicate, then call onReplicated. */
    record Replicate(String numericsId) implements SequenceEffect {}

    /** Tokens of a resumable request's choice, to be replicated. */
    record Tail(int choice, int from, List<ScoredToken> tokens) implements SequenceEffect {}

    /** The terminal event is in the log of about {@code bytes}, which is kept for the client to come back. */
    record Finished(long bytes) implements SequenceEffect {}

    /** The terminal event was emitted; nothing is left to do. */
    record End() implements SequenceEffect {}
}
