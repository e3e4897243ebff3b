package troupe.http;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.GenerationRequest;
import troupe.actors.SequenceEvent;

/**
 * A validated request.
 *
 * @param promptParam the field that holds the prompt, for errors
 * @param generations one for each prompt; their choices are numbered on
 * @param options how the answer is shown
 * @param ignoredFields that this server does not know
 */
record ApiRequest(
        String promptParam, List<GenerationRequest> generations, Options options, List<String> ignoredFields) {
    ApiRequest {
        generations = List.copyOf(generations);
        ignoredFields = List.copyOf(ignoredFields);
    }

    /** The same, to be answered within this time; null: the default. */
    ApiRequest within(@Nullable Duration timeout) {
        return new ApiRequest(
                promptParam,
                generations.stream()
                        .map(generation -> generation.within(timeout))
                        .toList(),
                options,
                ignoredFields);
    }

    /** Choices over all prompts. */
    int choices() {
        int sum = 0;
        for (GenerationRequest generation : generations) {
            sum += generation.choices();
        }
        return sum;
    }

    /** An event's choice, counted over all prompts; the first of its prompt where it belongs to none. */
    int choice(int prompt, SequenceEvent event) {
        int first = prompt * generations.getFirst().choices();
        return switch (event) {
            case SequenceEvent.Started started -> first + started.choice();
            case SequenceEvent.Interrupted lost -> first + lost.choice();
            case SequenceEvent.Routed routed -> first + routed.choice();
            case SequenceEvent.PromptScored scored -> first + scored.choice();
            case SequenceEvent.Delta delta -> first + delta.choice();
            case SequenceEvent.ChoiceFinished finished -> first + finished.choice();
            case SequenceEvent.Accepted ignored -> first;
            case SequenceEvent.Completed ignored -> first;
            case SequenceEvent.Failed ignored -> first;
        };
    }

    /**
     * How an answer is shown.
     *
     * @param includeUsage a streamed answer ends with its usage
     * @param echo a completion begins with its prompt
     * @param logprobs as in {@link troupe.engine.sampling.SamplingParams#logprobs}
     * @param promptLogprobs show those of the prompt, apart from an echo
     */
    record Options(
            boolean stream,
            boolean includeUsage,
            boolean echo,
            int logprobs,
            boolean promptLogprobs,
            boolean returnTokenIds) {
        /** Whether nothing is shown of a token but its text. */
        boolean showsTextAlone() {
            return logprobs < 0 && !returnTokenIds;
        }
    }
}
