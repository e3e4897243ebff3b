package troupe.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.SequenceEvent;
import troupe.actors.ServedModel;

/** {@code chat.completion} and {@code chat.completion.chunk}. */
final class ChatFormat implements AnswerFormat {
    private final String id;
    private final long created;
    private final ServedModel model;
    private final ApiRequest request;
    private final TokenRenderer tokens;

    /** @param created seconds since 1970 */
    ChatFormat(String id, long created, ServedModel model, ApiRequest request) {
        this.id = "chatcmpl-" + id;
        this.created = created;
        this.model = model;
        this.request = request;
        tokens = new TokenRenderer(model.codec());
    }

    @Override
    public List<ObjectNode> chunks(int prompt, int choice, SequenceEvent event) {
        ApiRequest.Options options = request.options();
        return switch (event) {
            case SequenceEvent.Accepted accepted -> {
                List<ObjectNode> chunks = new ArrayList<>();
                for (int i = 0; i < request.choices(); i++) {
                    ObjectNode chunk = chunk();
                    choice(chunk, i).putObject("delta").put("role", "assistant").put("content", "");
                    if (options.returnTokenIds()) {
                        TokenRenderer.putIds(chunk, "prompt_token_ids", accepted.prompt());
                    }
                    chunks.add(chunk);
                }
                yield chunks;
            }
            case SequenceEvent.PromptScored scored
            when options.promptLogprobs() && choice == 0 -> {
                ObjectNode chunk = chunk();
                chunk.putArray("choices");
                chunk.set("prompt_logprobs", tokens.promptLogprobs(scored.tokens()));
                yield List.of(chunk);
            }
            case SequenceEvent.Delta delta -> {
                ObjectNode chunk = textChunk(choice, delta.text());
                ObjectNode shown = (ObjectNode) chunk.path("choices").path(0);
                if (options.logprobs() >= 0) {
                    shown.set("logprobs", tokens.chatLogprobs(delta.tokens(), options.logprobs()));
                }
                if (options.returnTokenIds()) {
                    TokenRenderer.putIds(shown, "token_ids", delta.tokens());
                }
                yield List.of(chunk);
            }
            case SequenceEvent.ChoiceFinished finished -> {
                ObjectNode chunk = chunk();
                ObjectNode shown = choice(chunk, choice);
                ObjectNode delta = shown.putObject("delta");
                if (!finished.text().isEmpty()) {
                    delta.put("content", finished.text());
                }
                TokenRenderer.putFinish(shown, finished, model.endOfSequence());
                yield List.of(chunk);
            }
            case SequenceEvent.Started ignored -> List.of();
            case SequenceEvent.Interrupted ignored -> List.of();
            case SequenceEvent.Routed ignored -> List.of();
            case SequenceEvent.PromptScored ignored -> List.of();
            case SequenceEvent.Completed ignored -> List.of();
            case SequenceEvent.Failed ignored -> List.of();
        };
    }

    @Override
    public ObjectNode textChunk(int choice, String text) {
        ObjectNode chunk = chunk();
        choice(chunk, choice).putObject("delta").put("content", text);
        return chunk;
    }

    @Override
    public ObjectNode answer(AnswerCollector collected) {
        ApiRequest.Options options = request.options();
        ObjectNode answer = head("chat.completion");
        ArrayNode choices = answer.putArray("choices");
        for (AnswerCollector.Choice choice : collected.choices()) {
            ObjectNode shown = choices.addObject().put("index", choices.size() - 1);
            shown.putObject("message").put("role", "assistant").put("content", choice.text.toString());
            if (options.logprobs() >= 0) {
                shown.set("logprobs", tokens.chatLogprobs(choice.tokens, options.logprobs()));
            } else {
                shown.putNull("logprobs");
            }
            SequenceEvent.ChoiceFinished finished = choice.finished;
            if (finished != null) {
                TokenRenderer.putFinish(shown, finished, model.endOfSequence());
            }
            if (options.returnTokenIds()) {
                TokenRenderer.putIds(shown, "token_ids", choice.tokens);
            }
        }
        answer.set("usage", TokenRenderer.usage(collected.usage()));
        AnswerCollector.Choice first = collected.choices().get(0);
        if (options.promptLogprobs() && first.promptScores != null) {
            answer.set("prompt_logprobs", tokens.promptLogprobs(first.promptScores));
        }
        if (options.returnTokenIds()) {
            TokenRenderer.putIds(answer, "prompt_token_ids", first.prompt);
        }
        return answer;
    }

    @Override
    public ObjectNode chunk() {
        return head("chat.completion.chunk");
    }

    private ObjectNode head(String object) {
        return AnswerFormat.head(id, object, created, model.name());
    }

    private static ObjectNode choice(ObjectNode chunk, int index) {
        return chunk.putArray("choices")
                .addObject()
                .put("index", index)
                .putNull("logprobs")
                .putNull("finish_reason");
    }
}
