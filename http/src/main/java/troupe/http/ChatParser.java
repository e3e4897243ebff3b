package troupe.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.Prompt;
import troupe.actors.RequestTag;
import troupe.engine.sampling.SamplingParams;

/** Reads the body of {@code /v1/chat/completions}. */
final class ChatParser {
    private static final List<String> TOOL_FIELDS = List.of("tools", "functions");

    private ChatParser() {}

    /** @param tag of the request, which is {@code caller}'s */
    static ApiRequest parse(RequestTag tag, Caller caller, ObjectNode body, RequestLimits limits) {
        Fields fields = new Fields(body);
        refuseTools(fields);
        refuseFormats(fields);
        boolean logprobs = fields.flag("logprobs", false);
        Long topLogprobs = fields.whole("top_logprobs", 0, SamplingParams.MAX_LOGPROBS);
        if (topLogprobs != null && topLogprobs > 0 && !logprobs) {
            throw ApiException.invalid("top_logprobs", "top_logprobs is allowed only where logprobs is true");
        }
        int wanted = logprobs ? (topLogprobs == null ? 0 : Math.toIntExact(topLogprobs)) : -1;
        int promptLogprobs = fields.whole("prompt_logprobs", -1, SamplingParams.MAX_LOGPROBS, -1);
        CommonFields common = CommonFields.read(
                fields, limits, List.of("max_completion_tokens", "max_tokens"), null, wanted, promptLogprobs);
        boolean stream = fields.flag("stream", false);
        boolean includeUsage = CommonFields.readIncludeUsage(fields, stream);
        boolean continueFinal = fields.flag("continue_final_message", false);
        boolean generationPrompt = fields.flag("add_generation_prompt", !continueFinal);
        if (continueFinal && generationPrompt) {
            throw ApiException.invalid(
                    "continue_final_message", "continue_final_message and add_generation_prompt exclude each other");
        }
        Prompt prompt = new Prompt.Chat(messages(fields), generationPrompt, continueFinal);
        return new ApiRequest(
                "messages",
                List.of(common.generation(tag, caller, prompt)),
                new ApiRequest.Options(
                        stream,
                        includeUsage,
                        false,
                        wanted,
                        promptLogprobs >= 0,
                        fields.flag("return_token_ids", false)),
                fields.unknown());
    }

    private static List<Prompt.Message> messages(Fields fields) {
        JsonNode value = fields.get("messages");
        if (value == null) {
            throw ApiException.invalid("messages", "messages is missing");
        }
        ArrayNode array = Fields.list("messages", value, RequestLimits.MAX_MESSAGES, "a list of messages");
        if (array.isEmpty()) {
            throw ApiException.invalid("messages", "messages is empty, at least 1 message is needed");
        }
        List<Prompt.Message> messages = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            messages.add(message("messages[" + i + "]", array.get(i)));
        }
        return messages;
    }

    private static Prompt.Message message(String at, JsonNode node) {
        if (!(node instanceof ObjectNode object)) {
            throw Fields.wrong(at, node, "an object");
        }
        JsonNode role = object.get("role");
        if (role == null || !role.isTextual() || role.textValue().isBlank()) {
            throw ApiException.invalid(at + ".role", at + ".role must be a string such as system, user or assistant");
        }
        JsonNode calls = object.get("tool_calls");
        if (calls != null && !calls.isNull() && !calls.isEmpty()) {
            throw ApiException.unsupported(at + ".tool_calls", "tool calls are not supported");
        }
        JsonNode name = object.get("name");
        return new Prompt.Message(
                role.textValue(),
                content(at + ".content", object.get("content"), role.textValue()),
                name != null && name.isTextual() ? name.textValue() : null);
    }

    private static String content(String at, @Nullable JsonNode content, String role) {
        if (content == null || content.isNull()) {
            if (role.equals("assistant")) {
                return "";
            }
            throw ApiException.invalid(at, at + " is missing");
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        ArrayNode parts = Fields.list(at, content, RequestLimits.MAX_MESSAGES, "a string or a list of text parts");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            String partAt = at + "[" + i + "]";
            JsonNode part = parts.get(i);
            String type = part.path("type").asText("");
            if (!type.equals("text")) {
                throw ApiException.invalid(
                        partAt + ".type",
                        partAt + ".type is '" + type.substring(0, Math.min(64, type.length()))
                                + "', this model takes text only");
            }
            JsonNode value = part.get("text");
            if (value == null || !value.isTextual()) {
                throw ApiException.invalid(partAt + ".text", partAt + ".text must be a string");
            }
            text.append(i > 0 ? "\n" : "").append(value.textValue());
        }
        return text.toString();
    }

    private static void refuseTools(Fields fields) {
        for (String name : TOOL_FIELDS) {
            JsonNode value = fields.get(name);
            if (value != null && !(value.isArray() && value.isEmpty())) {
                throw ApiException.unsupported(name, name + ": tool calls are not supported");
            }
        }
        for (String name : List.of("tool_choice", "function_call")) {
            JsonNode value = fields.get(name);
            if (value != null
                    && !value.asText().equals("none")
                    && !value.asText().equals("auto")) {
                throw ApiException.unsupported(name, name + ": tool calls are not supported");
            }
        }
    }

    private static void refuseFormats(Fields fields) {
        JsonNode format = fields.get("response_format");
        if (format != null && !format.path("type").asText().equals("text")) {
            throw ApiException.unsupported("response_format", "response_format other than text is not supported");
        }
        if (fields.get("chat_template") != null) {
            throw ApiException.unsupported("chat_template", "the model's own chat template is the only one");
        }
    }
}
