package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.ServedModel;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.output.OutputAssembler;
import troupe.engine.output.StopCause;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.sampling.StopTokens;

/**
 * One choice of the undisturbed run.
 *
 * @param tokens with log-probabilities where they were asked for
 * @param text all of it
 * @param stopString that ended it, or null
 */
record Answer(
        List<ScoredToken> tokens,
        String text,
        FinishReason reason,
        @Nullable String stopString) {
    /** Computes it from the request alone. {@code sampling} is resolved. */
    static Answer of(
            ExecutorInfo info,
            ServedModel model,
            TokenIds prompt,
            SamplingParams sampling,
            long seed,
            int choice,
            List<String> stop) {
        long state = ChainedTokens.START;
        for (int i = 0; i < prompt.size(); i++) {
            state = ChainedTokens.next(state, prompt.get(i));
        }
        OutputAssembler assembler = new OutputAssembler(
                model.codec().decoder(true),
                stop,
                false,
                sampling.minTokens(),
                StopTokens.of(sampling, model.endOfSequence()));
        List<ScoredToken> tokens = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        while (tokens.size() < sampling.maxTokens() && !assembler.isStopped()) {
            ScoredToken token = ChainedTokens.draw(info, sampling, seed, choice, tokens.size(), state);
            tokens.add(token);
            text.append(assembler.append(token.token()).text());
            state = ChainedTokens.next(state, token.token());
        }
        text.append(assembler.finish());
        StopCause cause = assembler.stopCause().orElse(null);
        return new Answer(
                tokens,
                text.toString(),
                cause == null ? FinishReason.LENGTH : FinishReason.STOP,
                cause instanceof StopCause.StopString(var string) ? string : null);
    }
}
