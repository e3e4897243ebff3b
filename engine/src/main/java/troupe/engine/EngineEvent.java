package troupe.engine;

import java.util.List;
import troupe.engine.executor.ScoredToken;

/**
 * What happens to an attempt, in order: Started?, PromptScored?, Tokens*, and exactly one terminal event. An attempt that
 * ends before its first step has no Started.
 */
public sealed interface EngineEvent {
    AttemptKey key();

    /** The attempt was scheduled for the first time; {@code cachedTokens} of its tokens came from the prefix cache. */
    record Started(AttemptKey key, int cachedTokens, long queuedNanos) implements EngineEvent {}

    /** Log-probabilities of prompt tokens 1 to the last, if asked for; comes before the first token of every attempt. */
    record PromptScored(AttemptKey key, List<ScoredToken> tokens) implements EngineEvent {
        public PromptScored {
            tokens = List.copyOf(tokens);
        }
    }

    /** {@code tokens} continue the output at {@code firstIndex}, counted from the request's first output token. */
    record Tokens(AttemptKey key, int firstIndex, List<ScoredToken> tokens) implements EngineEvent {
        public Tokens {
            tokens = List.copyOf(tokens);
        }
    }

    /** Events after which nothing follows for this key. */
    sealed interface Terminal extends EngineEvent {}

    /** The token that caused a STOP (end of sequence or a stop token) was the last one of Tokens. */
    record Finished(AttemptKey key, FinishReason reason) implements Terminal {}

    record Failed(AttemptKey key, FailureReason reason, String message) implements Terminal {}

    record Cancelled(AttemptKey key) implements Terminal {}

    enum FinishReason {
        STOP,
        LENGTH
    }

    enum FailureReason {
        /** The prompt can never fit: longer than the context, or more blocks than the pool has. */
        TOO_LONG,
        DEADLINE,
        /** A token id outside the vocabulary or a sampling parameter out of range; no engine of this model can do it. */
        INVALID,
        /** Its logits are not finite, or another fault of this sequence alone. */
        NUMERICS,
        /** The engine is closing and has not finished it; another engine can go on. */
        CLOSED
    }
}
