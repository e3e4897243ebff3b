package troupe.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.actors.PromptCodec;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.engine.output.TextDecoder;

/** Shows tokens and their log-probabilities in the shapes of OpenAI and vLLM. */
final class TokenRenderer {
    /** JSON has no infinity; vLLM shows the same number. */
    private static final float LEAST_LOGPROB = -9999f;

    private final PromptCodec codec;

    TokenRenderer(PromptCodec codec) {
        this.codec = codec;
    }

    String text(int token) {
        return new String(codec.tokenBytes(token), StandardCharsets.UTF_8);
    }

    /** The text of a prompt that was given as tokens. */
    String text(TokenIds tokens) {
        TextDecoder decoder = codec.decoder(false);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            text.append(decoder.append(tokens.get(i)));
        }
        return text.append(decoder.flush()).toString();
    }

    /** {@code logprobs} of a chat choice. */
    ObjectNode chatLogprobs(List<OutputToken> tokens, int top) {
        ObjectNode logprobs = Json.object();
        ArrayNode content = logprobs.putArray("content");
        for (OutputToken token : tokens) {
            ScoredToken scored = token.scored();
            ObjectNode entry = chatEntry(content.addObject(), scored.token(), scored.logprob());
            ArrayNode alternatives = entry.putArray("top_logprobs");
            for (int i = 0; i < Math.min(top, scored.top().size()); i++) {
                TokenLogprob alternative = scored.top().get(i);
                chatEntry(alternatives.addObject(), alternative.token(), alternative.logprob());
            }
        }
        return logprobs;
    }

    /** An empty {@code logprobs} of a completion's choice. */
    static ObjectNode completionLogprobs() {
        ObjectNode logprobs = Json.object();
        logprobs.putArray("tokens");
        logprobs.putArray("token_logprobs");
        logprobs.putArray("top_logprobs");
        logprobs.putArray("text_offset");
        return logprobs;
    }

    /** Adds one token to a completion's {@code logprobs}; {@code scored} is null for a prompt's first token. */
    void addCompletionToken(ObjectNode logprobs, int token, @Nullable ScoredToken scored, int offset, int top) {
        logprobs.withArray("tokens").add(text(token));
        logprobs.withArray("text_offset").add(offset);
        ArrayNode tokenLogprobs = logprobs.withArray("token_logprobs");
        ArrayNode topLogprobs = logprobs.withArray("top_logprobs");
        if (scored == null) {
            tokenLogprobs.addNull();
            topLogprobs.addNull();
            return;
        }
        tokenLogprobs.add(finite(scored.logprob()));
        ObjectNode alternatives = topLogprobs.addObject();
        for (int i = 0; i < Math.min(top, scored.top().size()); i++) {
            TokenLogprob alternative = scored.top().get(i);
            alternatives.put(text(alternative.token()), finite(alternative.logprob()));
        }
        alternatives.put(text(token), finite(scored.logprob()));
    }

    /** Adds a prompt's tokens to a completion's {@code logprobs}; gives the length of their text, UTF-16 units. */
    int addPrompt(ObjectNode logprobs, TokenIds prompt, List<ScoredToken> scores, int top) {
        TextDecoder decoder = codec.decoder(false);
        int offset = 0;
        for (int i = 0; i < prompt.size(); i++) {
            ScoredToken scored = i == 0 || i > scores.size() ? null : scores.get(i - 1);
            addCompletionToken(logprobs, prompt.get(i), scored, offset, top);
            offset += decoder.append(prompt.get(i)).length();
        }
        return offset + decoder.flush().length();
    }

    /** vLLM's {@code prompt_logprobs}: null for the first token, then an object by token id. */
    ArrayNode promptLogprobs(List<ScoredToken> scores) {
        ArrayNode list = Json.object().arrayNode();
        list.addNull();
        for (ScoredToken scored : scores) {
            ObjectNode byId = list.addObject();
            byId.putObject(Integer.toString(scored.token()))
                    .put("logprob", finite(scored.logprob()))
                    .put("decoded_token", text(scored.token()));
            for (int rank = 0; rank < scored.top().size(); rank++) {
                TokenLogprob alternative = scored.top().get(rank);
                byId.putObject(Integer.toString(alternative.token()))
                        .put("logprob", finite(alternative.logprob()))
                        .put("rank", rank + 1)
                        .put("decoded_token", text(alternative.token()));
            }
        }
        return list;
    }

    static void putIds(ObjectNode node, String name, List<OutputToken> tokens) {
        ArrayNode ids = node.putArray(name);
        for (OutputToken token : tokens) {
            ids.add(token.scored().token());
        }
    }

    static void putIds(ObjectNode node, String name, TokenIds tokens) {
        ArrayNode ids = node.putArray(name);
        for (int i = 0; i < tokens.size(); i++) {
            ids.add(tokens.get(i));
        }
    }

    static ObjectNode usage(SequenceEvent.Usage usage) {
        ObjectNode node = Json.object()
                .put("prompt_tokens", usage.prompt())
                .put("completion_tokens", usage.output())
                .put("total_tokens", usage.prompt() + usage.output());
        node.putObject("prompt_tokens_details").put("cached_tokens", usage.cached());
        return node;
    }

    static String finishReason(SequenceEvent.ChoiceFinished finished) {
        return switch (finished.reason()) {
            case STOP -> "stop";
            case LENGTH -> "length";
        };
    }

    /**
     * Why a choice ended. vLLM's {@code stop_reason} is the stop string or stop token that ended it; null for
     * end-of-sequence.
     */
    static void putFinish(ObjectNode choice, SequenceEvent.ChoiceFinished finished, TokenIds endOfSequence) {
        choice.put("finish_reason", finishReason(finished));
        Integer token = finished.stopToken();
        if (finished.stopString() != null) {
            choice.put("stop_reason", finished.stopString());
        } else if (token != null && !contains(endOfSequence, token)) {
            choice.put("stop_reason", token);
        } else {
            choice.putNull("stop_reason");
        }
    }

    private static boolean contains(TokenIds ids, int token) {
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) == token) {
                return true;
            }
        }
        return false;
    }

    private ObjectNode chatEntry(ObjectNode entry, int token, float logprob) {
        byte[] bytes = codec.tokenBytes(token);
        entry.put("token", new String(bytes, StandardCharsets.UTF_8)).put("logprob", finite(logprob));
        ArrayNode list = entry.putArray("bytes");
        for (byte each : bytes) {
            list.add(each & 0xFF);
        }
        return entry;
    }

    private static float finite(float logprob) {
        return Math.max(logprob, LEAST_LOGPROB);
    }
}
