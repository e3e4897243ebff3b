package troupe.actors;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.TokenIds;

/** What a {@link SequenceState} wants done. */
sealed interface SequenceEffect {
    record Emit(SequenceEvent event) implements SequenceEffect {}

    /** Find a worker for an attempt. */
    record Select(
            AttemptKey attempt, TokenIds tokens, @Nullable String numericsId, Set<WorkerId> avoid)
            implements SequenceEffect {}

    record Submit(WorkerId worker, AttemptKey attempt, TokenIds output) implements SequenceEffect {}

    record Cancel(WorkerId worker, AttemptKey attempt) implements SequenceEffect {}

    /** All events before {@code next} have been taken. */
    record Acknowledge(WorkerId worker, AttemptKey attempt, int next) implements SequenceEffect {}

    /** The events from {@code from} on are missing. */
    record Resend(WorkerId worker, AttemptKey attempt, int from) implements SequenceEffect {}

    /** Call {@link SequenceState#onRetry} a little later. */
    record RetryLater(int choice) implements SequenceEffect {}

    /** The terminal event was emitted; nothing is left to do. */
    record End() implements SequenceEffect {}
}
