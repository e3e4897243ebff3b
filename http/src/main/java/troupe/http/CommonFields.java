package troupe.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.engine.TokenIds;
import troupe.engine.sampling.SamplingParams;

/**
 * The fields that chat and plain completions share, with OpenAI's names, and vLLM's for what OpenAI has not.
 *
 * @param model its name, the one that the request is answered by
 */
record CommonFields(
        String model,
        int choices,
        @Nullable Integer maxTokens,
        SamplingParams sampling,
        @Nullable Long seed,
        List<String> stop,
        boolean includeStop,
        boolean skipSpecialTokens,
        int priority,
        String cacheSalt) {
    /** Fields that change the answer and that this server cannot obey yet: silence would be a wrong answer. */
    private static final List<String> UNSUPPORTED = List.of(
            "logit_bias",
            "structured_outputs",
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar",
            "logits_processors",
            "bad_words",
            "use_beam_search");

    /**
     * @param maxTokensNames in the order of precedence
     * @param absentMaxTokens null: what the context leaves
     */
    static CommonFields read(
            Fields fields,
            RequestLimits limits,
            List<String> maxTokensNames,
            @Nullable Integer absentMaxTokens,
            int logprobs,
            int promptLogprobs) {
        fields.text("model");
        refuseUnsupported(fields);
        fields.text("user");
        Integer maxTokens = absentMaxTokens;
        for (String name : maxTokensNames.reversed()) {
            Long value = fields.whole(name, 1, Integer.MAX_VALUE);
            maxTokens = value == null ? maxTokens : (Integer) Math.toIntExact(value);
        }
        int minTokens = fields.whole("min_tokens", 0, maxTokens == null ? Integer.MAX_VALUE : maxTokens, 0);
        int vocabulary = limits.model().vocabularySize();
        int topK = fields.whole("top_k", -1, Integer.MAX_VALUE, 0);
        TokenIds stopTokens = fields.tokenIds("stop_token_ids", RequestLimits.MAX_STOP_TOKENS, vocabulary);
        SamplingParams sampling = new SamplingParams(
                fields.number("temperature", 0, false, 2, 1f),
                Math.max(0, topK),
                fields.number("top_p", 0, true, 1, 1f),
                fields.number("min_p", 0, false, 1, 0f),
                // Far below, a penalized logit would leave the range of a float.
                fields.number("repetition_penalty", 0.01, false, 100, 1f),
                fields.number("presence_penalty", -2, false, 2, 0f),
                fields.number("frequency_penalty", -2, false, 2, 0f),
                maxTokens == null ? limits.model().contextLength() : maxTokens,
                minTokens,
                fields.flag("ignore_eos", false),
                stopTokens,
                logprobs,
                promptLogprobs);
        String salt = fields.text("cache_salt");
        if (salt != null && salt.length() > RequestLimits.MAX_SALT_CHARACTERS) {
            throw ApiException.invalid(
                    "cache_salt",
                    "cache_salt has " + salt.length() + " characters, at most " + RequestLimits.MAX_SALT_CHARACTERS
                            + " are allowed");
        }
        return new CommonFields(
                limits.model().name(),
                fields.whole("n", 1, limits.maxChoices(), 1),
                maxTokens,
                sampling,
                fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE),
                fields.texts("stop", RequestLimits.MAX_STOP_STRINGS, RequestLimits.MAX_STOP_CHARACTERS),
                fields.flag("include_stop_str_in_output", false),
                fields.flag("skip_special_tokens", true),
                fields.whole("priority", Integer.MIN_VALUE, Integer.MAX_VALUE, 0),
                salt == null ? "" : salt);
    }

    GenerationRequest generation(RequestTag tag, Caller caller, Prompt prompt) {
        return new GenerationRequest(
                tag,
                model,
                prompt,
                choices,
                maxTokens,
                sampling,
                seed,
                stop,
                includeStop,
                skipSpecialTokens,
                caller.priority(priority),
                cacheSalt,
                null,
                caller.tenant());
    }

    /** Whether a streamed answer ends with its usage; {@code stream_options} is allowed with {@code stream} only. */
    static boolean readIncludeUsage(Fields fields, boolean stream) {
        JsonNode options = fields.get("stream_options");
        if (options == null) {
            return false;
        }
        if (!(options instanceof ObjectNode object)) {
            throw Fields.wrong("stream_options", options, "an object");
        }
        if (!stream) {
            throw ApiException.invalid("stream_options", "stream_options is allowed only where stream is true");
        }
        JsonNode include = object.get("include_usage");
        if (include != null && !include.isBoolean() && !include.isNull()) {
            throw Fields.wrong("stream_options.include_usage", include, "true or false");
        }
        return include != null && include.booleanValue();
    }

    private static void refuseUnsupported(Fields fields) {
        for (String name : UNSUPPORTED) {
            JsonNode value = fields.get(name);
            boolean harmless = value == null
                    || (value.isContainerNode() && value.isEmpty())
                    || (value.isBoolean() && !value.booleanValue());
            if (!harmless) {
                throw ApiException.unsupported(name, name + " is not supported");
            }
        }
    }
}
