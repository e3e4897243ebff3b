package troupe.actors;

import akka.actor.typed.ActorRef;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/**
 * What a request's listener hears, in order: Accepted, then per choice Routed, Started?, PromptScored?, Delta*,
 * ChoiceFinished, and exactly one terminal event at the end. A request that is not accepted hears Failed alone. Where an
 * attempt is lost, Interrupted, Routed and a further Started come between, unless the listener is far behind. The listener of
 * a resumable request hears each as a {@link LoggedEvent}, but for a failure that is its own.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
@JsonSubTypes({
    @JsonSubTypes.Type(value = SequenceEvent.Accepted.class, name = "accepted"),
    @JsonSubTypes.Type(value = SequenceEvent.Started.class, name = "started"),
    @JsonSubTypes.Type(value = SequenceEvent.Interrupted.class, name = "interrupted"),
    @JsonSubTypes.Type(value = SequenceEvent.Routed.class, name = "routed"),
    @JsonSubTypes.Type(value = SequenceEvent.PromptScored.class, name = "prompt-scored"),
    @JsonSubTypes.Type(value = SequenceEvent.Delta.class, name = "delta"),
    @JsonSubTypes.Type(value = SequenceEvent.ChoiceFinished.class, name = "choice-finished"),
    @JsonSubTypes.Type(value = SequenceEvent.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = SequenceEvent.Failed.class, name = "failed")
})
public sealed interface SequenceEvent extends ListenerMessage {
    String sequence();

    /**
     * A worker has the request.
     *
     * @param tokenizingNanos from the request's start until its prompt was tokenized
     * @param reader where the listener says what it has read, at least once per {@code readEvery} events
     * @param answer the {@link troupe.actors.resume.AnswerTag} of a resumable request's answer; null of any other
     */
    record Accepted(
            String sequence,
            TokenIds prompt,
            long tokenizingNanos,
            ActorRef<Sequence.Command> reader,
            int readEvery,
            @Nullable String answer)
            implements SequenceEvent {
        Accepted with(String tag) {
            return new Accepted(sequence, prompt, tokenizingNanos, reader, readEvery, tag);
        }
    }

    /**
     * An attempt at a choice was scheduled by its worker.
     *
     * @param attempt counts up from the choice's first, which may not be the first that starts
     * @param cachedTokens of its prompt, found in the prefix cache
     * @param queuedNanos since its worker had it
     */
    record Started(String sequence, int choice, int attempt, String worker, int cachedTokens, long queuedNanos)
            implements SequenceEvent {}

    /** An attempt at an accepted choice is lost; the next one goes on with its tokens. */
    record Interrupted(String sequence, int choice, int attempt) implements SequenceEvent {}

    /** A worker has taken an attempt at a choice, and why it was asked. */
    record Routed(String sequence, int choice, int attempt, WorkerSelector.Selection selection)
            implements SequenceEvent {}

    /** Log-probabilities of the prompt's tokens from the second on. */
    record PromptScored(String sequence, int choice, List<ScoredToken> tokens) implements SequenceEvent {
        public PromptScored {
            tokens = List.copyOf(tokens);
        }
    }

    /** The output goes on; the text may lag behind the tokens while it could be the beginning of a stop string. */
    record Delta(String sequence, int choice, String text, List<OutputToken> tokens) implements SequenceEvent {
        public Delta {
            tokens = List.copyOf(tokens);
        }
    }

    /**
     * A choice is complete.
     *
     * @param text what was held back
     * @param stopString the stop string that ended it, or null
     * @param stopToken the token that ended it, or null
     */
    record ChoiceFinished(
            String sequence,
            int choice,
            String text,
            FinishReason reason,
            @Nullable String stopString,
            @Nullable Integer stopToken)
            implements SequenceEvent {}

    /** Nothing follows. */
    sealed interface Terminal extends SequenceEvent {}

    record Completed(String sequence, Usage usage) implements Terminal {}

    /**
     * No (complete) answer.
     *
     * @param message for the client
     * @param retryAfterSeconds when it may be worth trying again; 0 where that is not known
     */
    record Failed(String sequence, FailureKind kind, String message, int retryAfterSeconds) implements Terminal {
        public Failed(String sequence, FailureKind kind, String message) {
            this(sequence, kind, message, 0);
        }
    }

    /** A token of the output; {@code textOffset}: where its text begins in the choice's output, UTF-16 units. */
    record OutputToken(ScoredToken scored, int textOffset) {}

    /**
     * Tokens of a request.
     *
     * @param cached of the prompt's, found in the prefix cache by the first choice
     * @param output over all choices
     */
    record Usage(int prompt, int cached, int output) {}
}
