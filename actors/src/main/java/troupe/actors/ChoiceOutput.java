package troupe.actors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.engine.EngineEvent;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.output.OutputAssembler;
import troupe.engine.output.StopCause;
import troupe.engine.output.TextDelta;

/** What a choice has said so far, whichever attempts said it, and what its listener hears of that. */
final class ChoiceOutput {
    private final String sequence;
    private final int choice;
    private final OutputAssembler assembler;
    private int[] tokens = new int[16];
    private int size;
    private boolean started;
    private boolean promptScored;

    ChoiceOutput(String sequence, int choice, OutputAssembler assembler) {
        this.sequence = sequence;
        this.choice = choice;
        this.assembler = assembler;
    }

    int size() {
        return size;
    }

    TokenIds tokens() {
        return TokenIds.copyOfRange(tokens, 0, size);
    }

    /** Whether an attempt has started. */
    boolean isStarted() {
        return started;
    }

    /** An attempt has started; it has no more than {@code promptTokens} in its cache that count. */
    SequenceEvent.Started started(String worker, EngineEvent.Started event, int promptTokens) {
        started = true;
        int cached = Math.min(event.cachedTokens(), promptTokens);
        return new SequenceEvent.Started(sequence, choice, event.key().attempt(), worker, cached, event.queuedNanos());
    }

    /** Of the first attempt that has scored the prompt. */
    Optional<SequenceEvent> promptScored(List<ScoredToken> scores) {
        if (promptScored) {
            return Optional.empty();
        }
        promptScored = true;
        return Optional.of(new SequenceEvent.PromptScored(sequence, choice, scores));
    }

    /** Takes the tokens that follow, up to the one that stops the choice. */
    SequenceEvent append(List<ScoredToken> next) {
        StringBuilder text = new StringBuilder();
        List<OutputToken> taken = new ArrayList<>(next.size());
        for (ScoredToken token : next) {
            add(token.token());
            TextDelta delta = assembler.append(token.token());
            text.append(delta.text());
            taken.add(new OutputToken(token, delta.tokenOffset()));
            if (assembler.isStopped()) {
                break;
            }
        }
        return new SequenceEvent.Delta(sequence, choice, text.toString(), taken);
    }

    /** Whether a stop string has ended the output: the worker does not know of these. */
    boolean hasStopString() {
        return assembler.stopCause().orElse(null) instanceof StopCause.StopString;
    }

    /** Whether the tokens so far end the output. */
    boolean isStopped() {
        return assembler.isStopped();
    }

    /** Gives the text that was held back; {@code reason} counts where no stop string or stop token ended the output. */
    SequenceEvent finish(FinishReason reason) {
        String rest = assembler.finish();
        StopCause cause = assembler.stopCause().orElse(null);
        return new SequenceEvent.ChoiceFinished(
                sequence,
                choice,
                rest,
                cause == null ? reason : FinishReason.STOP,
                cause instanceof StopCause.StopString stop ? stop.text() : null,
                cause instanceof StopCause.StopToken stop ? (Integer) stop.token() : null);
    }

    private void add(int token) {
        if (size == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * size);
        }
        tokens[size++] = token;
    }
}
