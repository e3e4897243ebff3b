package troupe.actors;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * A validated request for n continuations of one prompt.
 *
 * @param tag names it in every line of the log that is about it
 * @param model its name
 * @param choices n, at least 1
 * @param maxTokens null: as many as the context leaves
 * @param sampling its {@code maxTokens} is ignored: {@link #maxTokens} counts
 * @param seed null: one is drawn when the request is accepted
 * @param stop strings that end the output, none of them empty
 * @param includeStop leave what stopped the output in the text
 * @param skipSpecialTokens leave control tokens out of the text
 * @param priority lower runs first
 * @param timeout null: the node's default
 * @param tenant whose it is
 */
public record GenerationRequest(
        RequestTag tag,
        String model,
        Prompt prompt,
        int choices,
        @Nullable Integer maxTokens,
        SamplingParams sampling,
        @Nullable Long seed,
        List<String> stop,
        boolean includeStop,
        boolean skipSpecialTokens,
        int priority,
        String cacheSalt,
        @Nullable Duration timeout,
        Tenant tenant)
        implements CborSerializable {
    public GenerationRequest {
        stop = List.copyOf(stop);
        tenant = Objects.requireNonNullElse(tenant, Tenant.NONE);
    }

    /** The same with all given that was found out or drawn, so that another gateway comes to the same tokens. */
    GenerationRequest settled(TokenIds promptTokens, int mostTokens, long drawnSeed, Duration remaining) {
        return with(new Prompt.Tokens(promptTokens), mostTokens, drawnSeed, remaining);
    }

    /** The same with another timeout. */
    public GenerationRequest within(@Nullable Duration limit) {
        return with(prompt, maxTokens, seed, limit);
    }

    private GenerationRequest with(
            Prompt newPrompt, @Nullable Integer newMaxTokens, @Nullable Long newSeed, @Nullable Duration newTimeout) {
        return new GenerationRequest(
                tag,
                model,
                newPrompt,
                choices,
                newMaxTokens,
                sampling,
                newSeed,
                stop,
                includeStop,
                skipSpecialTokens,
                priority,
                cacheSalt,
                newTimeout,
                tenant);
    }

    /** {@code mostTokens}: of prompt and output. */
    SamplingParams resolve(int promptTokens, int mostTokens) {
        int room = mostTokens - promptTokens;
        int tokens = maxTokens == null ? room : maxTokens;
        return new SamplingParams(
                sampling.temperature(),
                sampling.topK(),
                sampling.topP(),
                sampling.minP(),
                sampling.repetitionPenalty(),
                sampling.presencePenalty(),
                sampling.frequencyPenalty(),
                tokens,
                Math.min(sampling.minTokens(), tokens),
                sampling.ignoreEos(),
                sampling.stopTokenIds(),
                sampling.logprobs(),
                sampling.promptLogprobs());
    }
}
