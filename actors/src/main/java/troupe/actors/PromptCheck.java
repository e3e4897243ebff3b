package troupe.actors;

import java.util.Optional;
import troupe.engine.TokenIds;

/** Whether a request is computed at all, once the tokens of its prompt are known. No actors, no clock of its own. */
final class PromptCheck {
    private final int maxTokens;
    private final Convictions convictions;

    /** @param maxTokens prompt and output of a request at most: what {@link AttemptSize} lets through */
    PromptCheck(int maxTokens, Convictions convictions) {
        this.maxTokens = maxTokens;
        this.convictions = convictions;
    }

    /** Prompt and output of a request to the model at most, tokens. */
    int mostTokens(ServedModel model) {
        return Math.min(model.contextLength(), maxTokens);
    }

    /** Why it is not; empty where it is. */
    Optional<SequenceEvent.Failed> refusal(
            String sequence, GenerationRequest request, TokenIds prompt, ServedModel model) {
        if (prompt.isEmpty()) {
            return refused(sequence, FailureKind.INVALID, "the prompt has no tokens");
        }
        int limit = mostTokens(model);
        int wanted = request.maxTokens() == null ? 1 : request.maxTokens();
        long needed = (long) prompt.size() + wanted;
        if (needed > limit) {
            String what = limit == model.contextLength()
                    ? "the model's context is "
                    : "the most that can be sent to a worker is ";
            return refused(
                    sequence,
                    FailureKind.TOO_LONG,
                    what + limit + " tokens, the request needs " + needed + ": " + prompt.size() + " of the prompt and "
                            + wanted + " of the output");
        }
        if (!convictions.isEmpty() && convictions.has(Fingerprint.of(request, prompt))) {
            return refused(sequence, FailureKind.CRASHES_WORKERS, "an equal request has brought workers down");
        }
        return Optional.empty();
    }

    private static Optional<SequenceEvent.Failed> refused(String sequence, FailureKind kind, String message) {
        return Optional.of(new SequenceEvent.Failed(sequence, kind, message));
    }
}
