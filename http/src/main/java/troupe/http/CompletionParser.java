package troupe.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.engine.sampling.SamplingParams;

/** Reads the body of {@code /v1/completions}. */
final class CompletionParser {
    private static final int ABSENT_MAX_TOKENS = 16;

    private CompletionParser() {}

    /** @param tag of the request, which is {@code caller}'s */
    static ApiRequest parse(RequestTag tag, Caller caller, ObjectNode body, RequestLimits limits) {
        Fields fields = new Fields(body);
        int logprobs = fields.whole("logprobs", 0, SamplingParams.MAX_LOGPROBS, -1);
        boolean echo = fields.flag("echo", false);
        Long promptLogprobs = fields.whole("prompt_logprobs", -1, SamplingParams.MAX_LOGPROBS);
        int wantedOfPrompt = promptLogprobs != null ? Math.toIntExact(promptLogprobs) : echo ? logprobs : -1;
        CommonFields common =
                CommonFields.read(fields, limits, List.of("max_tokens"), ABSENT_MAX_TOKENS, logprobs, wantedOfPrompt);
        Long bestOf = fields.whole("best_of", 1, 128);
        if (bestOf != null && bestOf != common.choices()) {
            throw ApiException.unsupported("best_of", "best_of other than n is not supported");
        }
        String suffix = fields.text("suffix");
        if (suffix != null && !suffix.isEmpty()) {
            throw ApiException.unsupported("suffix", "suffix is not supported");
        }
        boolean stream = fields.flag("stream", false);
        boolean includeUsage = CommonFields.readIncludeUsage(fields, stream);
        boolean addSpecialTokens = fields.flag("add_special_tokens", true);
        List<GenerationRequest> generations = new ArrayList<>();
        for (Prompt prompt : prompts(fields, limits, addSpecialTokens)) {
            generations.add(common.generation(tag, caller, prompt));
        }
        return new ApiRequest(
                "prompt",
                generations,
                new ApiRequest.Options(
                        stream,
                        includeUsage,
                        echo,
                        logprobs,
                        promptLogprobs != null && promptLogprobs >= 0,
                        fields.flag("return_token_ids", false)),
                fields.unknown());
    }

    private static List<Prompt> prompts(Fields fields, RequestLimits limits, boolean addSpecialTokens) {
        JsonNode value = fields.get("prompt");
        if (value == null) {
            throw ApiException.invalid("prompt", "prompt is missing");
        }
        if (value.isTextual()) {
            return List.of(text("prompt", value, addSpecialTokens));
        }
        String expected = "a string, a list of strings, a list of token ids, or a list of lists of token ids";
        ArrayNode array = Fields.list("prompt", value, Integer.MAX_VALUE, expected);
        if (array.isEmpty()) {
            throw ApiException.invalid("prompt", "prompt is empty");
        }
        if (array.get(0).isNumber()) {
            return List.of(tokens("prompt", array, limits));
        }
        Fields.list("prompt", value, RequestLimits.MAX_PROMPTS, expected);
        List<Prompt> prompts = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            String at = "prompt[" + i + "]";
            JsonNode each = array.get(i);
            prompts.add(each.isTextual() ? text(at, each, addSpecialTokens) : tokens(at, each, limits));
        }
        return prompts;
    }

    private static Prompt text(String at, JsonNode value, boolean addSpecialTokens) {
        if (value.textValue().isEmpty()) {
            throw ApiException.invalid(at, at + " is empty");
        }
        return new Prompt.Text(value.textValue(), addSpecialTokens);
    }

    /** More tokens than the context has are refused here, by their number, before they are copied. */
    private static Prompt tokens(String at, JsonNode value, RequestLimits limits) {
        int context = limits.model().contextLength();
        if (value.isArray() && value.size() > context) {
            throw new ApiException(
                    400,
                    "the model's context is " + context + " tokens, " + at + " has " + value.size(),
                    "invalid_request_error",
                    at,
                    "context_length_exceeded");
        }
        var ids = Fields.tokenIdsOf(at, value, context, limits.model().vocabularySize());
        if (ids.isEmpty()) {
            throw ApiException.invalid(at, at + " is empty");
        }
        return new Prompt.Tokens(ids);
    }
}
