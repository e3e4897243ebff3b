package troupe.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.actors.Prompt;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.actors.ServedModel;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/** {@code text_completion}, whole or in chunks. */
final class CompletionFormat implements AnswerFormat {
    private final String id;
    private final long created;
    private final ServedModel model;
    private final ApiRequest request;
    private final TokenRenderer tokens;
    private final Map<Integer, TokenIds> prompts = new HashMap<>();
    private final Map<Integer, Integer> echoLengths = new HashMap<>();

    /** @param created seconds since 1970 */
    CompletionFormat(String id, long created, ServedModel model, ApiRequest request) {
        this.id = "cmpl-" + id;
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
                prompts.put(prompt, accepted.prompt());
                yield options.echo() && options.logprobs() < 0 ? echoes(prompt, accepted.prompt()) : List.of();
            }
            case SequenceEvent.PromptScored scored -> scoredPrompt(prompt, choice, scored.tokens());
            case SequenceEvent.Delta delta -> {
                ObjectNode chunk = textChunk(choice, delta.text());
                ObjectNode shown = (ObjectNode) chunk.path("choices").path(0);
                if (options.logprobs() >= 0) {
                    ObjectNode logprobs = TokenRenderer.completionLogprobs();
                    addTokens(logprobs, delta.tokens(), echoLengths.getOrDefault(choice, 0));
                    shown.set("logprobs", logprobs);
                }
                if (options.returnTokenIds()) {
                    TokenRenderer.putIds(shown, "token_ids", delta.tokens());
                }
                yield List.of(chunk);
            }
            case SequenceEvent.ChoiceFinished finished -> {
                ObjectNode chunk = chunk();
                ObjectNode shown = choice(chunk, choice, finished.text());
                TokenRenderer.putFinish(shown, finished, model.endOfSequence());
                yield List.of(chunk);
            }
            case SequenceEvent.Started ignored -> List.of();
            case SequenceEvent.Interrupted ignored -> List.of();
            case SequenceEvent.Routed ignored -> List.of();
            case SequenceEvent.Completed ignored -> List.of();
            case SequenceEvent.Failed ignored -> List.of();
        };
    }

    @Override
    public ObjectNode textChunk(int choice, String text) {
        ObjectNode chunk = chunk();
        choice(chunk, choice, text);
        return chunk;
    }

    @Override
    public ObjectNode answer(AnswerCollector collected) {
        ApiRequest.Options options = request.options();
        ObjectNode answer = chunk();
        ArrayNode choices = answer.putArray("choices");
        int perPrompt = request.generations().get(0).choices();
        for (AnswerCollector.Choice choice : collected.choices()) {
            int index = choices.size();
            String echo = options.echo() ? promptText(index / perPrompt, choice.prompt) : "";
            ObjectNode shown = choices.addObject().put("index", index).put("text", echo + choice.text);
            shown.set("logprobs", options.logprobs() < 0 ? null : logprobs(choice));
            SequenceEvent.ChoiceFinished finished = choice.finished;
            if (finished != null) {
                TokenRenderer.putFinish(shown, finished, model.endOfSequence());
            }
            if (options.promptLogprobs() && choice.promptScores != null) {
                shown.set("prompt_logprobs", tokens.promptLogprobs(choice.promptScores));
            }
            if (options.returnTokenIds()) {
                TokenRenderer.putIds(shown, "prompt_token_ids", choice.prompt);
                TokenRenderer.putIds(shown, "token_ids", choice.tokens);
            }
        }
        answer.set("usage", TokenRenderer.usage(collected.usage()));
        return answer;
    }

    private ObjectNode logprobs(AnswerCollector.Choice choice) {
        ObjectNode logprobs = TokenRenderer.completionLogprobs();
        int offset = 0;
        if (request.options().echo()) {
            List<ScoredToken> scores = choice.promptScores;
            offset = tokens.addPrompt(
                    logprobs,
                    choice.prompt,
                    scores == null ? List.of() : scores,
                    request.options().logprobs());
        }
        addTokens(logprobs, choice.tokens, offset);
        return logprobs;
    }

    private void addTokens(ObjectNode logprobs, List<OutputToken> added, int offset) {
        for (OutputToken token : added) {
            tokens.addCompletionToken(
                    logprobs,
                    token.scored().token(),
                    token.scored(),
                    offset + token.textOffset(),
                    request.options().logprobs());
        }
    }

    private List<ObjectNode> echoes(int prompt, TokenIds promptTokens) {
        List<ObjectNode> chunks = new ArrayList<>();
        int perPrompt = request.generations().get(prompt).choices();
        String text = promptText(prompt, promptTokens);
        for (int i = 0; i < perPrompt; i++) {
            ObjectNode chunk = chunk();
            choice(chunk, prompt * perPrompt + i, text);
            chunks.add(chunk);
        }
        return chunks;
    }

    private List<ObjectNode> scoredPrompt(int prompt, int choice, List<ScoredToken> scores) {
        ApiRequest.Options options = request.options();
        boolean echoed = options.echo() && options.logprobs() >= 0;
        if (!echoed && !options.promptLogprobs()) {
            return List.of();
        }
        TokenIds promptTokens = prompts.getOrDefault(prompt, TokenIds.EMPTY);
        ObjectNode chunk = chunk();
        ObjectNode shown = choice(chunk, choice, echoed ? promptText(prompt, promptTokens) : "");
        if (echoed) {
            ObjectNode logprobs = TokenRenderer.completionLogprobs();
            echoLengths.put(choice, tokens.addPrompt(logprobs, promptTokens, scores, options.logprobs()));
            shown.set("logprobs", logprobs);
        }
        if (options.promptLogprobs()) {
            shown.set("prompt_logprobs", tokens.promptLogprobs(scores));
        }
        return List.of(chunk);
    }

    private String promptText(int prompt, TokenIds promptTokens) {
        return request.generations().get(prompt).prompt() instanceof Prompt.Text text
                ? text.text()
                : tokens.text(promptTokens);
    }

    @Override
    public ObjectNode chunk() {
        return AnswerFormat.head(id, "text_completion", created, model.name());
    }

    private static ObjectNode choice(ObjectNode chunk, int index, @Nullable String text) {
        return chunk.putArray("choices")
                .addObject()
                .put("index", index)
                .put("text", text)
                .putNull("logprobs")
                .putNull("finish_reason");
    }
}
