package troupe.engine.scheduler;

import java.util.Optional;
import troupe.engine.EngineRequest;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.sampling.SamplingParams;

/**
 * The last check before a request meets kernels that trust their input. Whoever accepted it from a client has told that
 * client in better words; this one keeps a mistake between processes from costing more than the request.
 */
final class RequestCheck {
    private RequestCheck() {}

    /** What makes the request impossible for this model: field, value and limit; empty if nothing does. */
    static Optional<String> problem(EngineRequest request, ExecutorInfo info) {
        if (request.prompt().isEmpty()) {
            return Optional.of("prompt is empty, must have at least 1 token");
        }
        SamplingParams params = request.sampling();
        return tokens("prompt", request.prompt(), info)
                .or(() -> tokens("output", request.output(), info))
                .or(() -> tokens("stop_token_ids", params.stopTokenIds(), info))
                .or(() -> sampling(params));
    }

    private static Optional<String> tokens(String field, TokenIds ids, ExecutorInfo info) {
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) < 0 || ids.get(i) >= info.vocabularySize()) {
                return Optional.of("%s has token %d at %d, the vocabulary has %d tokens"
                        .formatted(field, ids.get(i), i, info.vocabularySize()));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> sampling(SamplingParams params) {
        return range("temperature", params.temperature(), 0, Float.MAX_VALUE)
                .or(() -> range("top_k", params.topK(), 0, Integer.MAX_VALUE))
                .or(() -> range("top_p", params.topP(), Float.MIN_VALUE, 1))
                .or(() -> range("min_p", params.minP(), 0, 1))
                .or(() -> range("repetition_penalty", params.repetitionPenalty(), Float.MIN_NORMAL, Float.MAX_VALUE))
                .or(() -> range("presence_penalty", params.presencePenalty(), -Float.MAX_VALUE, Float.MAX_VALUE))
                .or(() -> range("frequency_penalty", params.frequencyPenalty(), -Float.MAX_VALUE, Float.MAX_VALUE))
                .or(() -> range("max_tokens", params.maxTokens(), 1, Integer.MAX_VALUE))
                .or(() -> range("min_tokens", params.minTokens(), 0, Integer.MAX_VALUE))
                .or(() -> range("logprobs", params.logprobs(), -1, SamplingParams.MAX_LOGPROBS))
                .or(() -> range("prompt_logprobs", params.promptLogprobs(), -1, SamplingParams.MAX_LOGPROBS));
    }

    private static Optional<String> range(String field, int value, int least, int greatest) {
        return value >= least && value <= greatest
                ? Optional.empty()
                : Optional.of(field + " is " + value + ", must be from " + least + " to " + greatest);
    }

    /** NaN is in no range. */
    private static Optional<String> range(String field, double value, double least, double greatest) {
        return value >= least && value <= greatest
                ? Optional.empty()
                : Optional.of(field + " is " + value + ", must be from " + least + " to " + greatest);
    }
}
