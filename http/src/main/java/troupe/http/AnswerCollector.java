package troupe.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

/** Gathers the events of a request whose answer is sent in one piece. */
final class AnswerCollector {
    /** What one choice has come to. */
    static final class Choice {
        final StringBuilder text = new StringBuilder();
        final List<OutputToken> tokens = new ArrayList<>();
        TokenIds prompt = TokenIds.EMPTY;

        @Nullable
        List<ScoredToken> promptScores;

        SequenceEvent.@Nullable ChoiceFinished finished;
    }

    private final ApiRequest request;
    private final List<Choice> choices = new ArrayList<>();
    private SequenceEvent.@Nullable Routed route;
    private int promptTokens;
    private int cachedTokens;
    private int outputTokens;

    AnswerCollector(ApiRequest request) {
        this.request = request;
        for (int i = 0; i < request.choices(); i++) {
            choices.add(new Choice());
        }
    }

    /** Where the first attempt went. */
    Optional<SequenceEvent.Routed> route() {
        return Optional.ofNullable(route);
    }

    /** @throws ApiException on a failure */
    AnswerCollector add(PromptEvents numbered) {
        int perPrompt = request.generations().get(0).choices();
        int first = numbered.prompt() * perPrompt;
        for (SequenceEvent event : numbered.events()) {
            add(first, perPrompt, event);
        }
        return this;
    }

    /** @param first of the prompt's choices */
    private void add(int first, int perPrompt, SequenceEvent event) {
        switch (event) {
            case SequenceEvent.Accepted accepted -> {
                for (int i = 0; i < perPrompt; i++) {
                    choices.get(first + i).prompt = accepted.prompt();
                }
            }
            case SequenceEvent.Started ignored -> {}
            case SequenceEvent.Interrupted ignored -> {}
            case SequenceEvent.Routed routed -> route = route == null ? routed : route;
            case SequenceEvent.PromptScored scored ->
                choices.get(first + scored.choice()).promptScores = scored.tokens();
            case SequenceEvent.Delta delta -> {
                Choice choice = choices.get(first + delta.choice());
                choice.text.append(delta.text());
                choice.tokens.addAll(delta.tokens());
            }
            case SequenceEvent.ChoiceFinished finished -> {
                Choice choice = choices.get(first + finished.choice());
                choice.text.append(finished.text());
                choice.finished = finished;
            }
            case SequenceEvent.Completed completed -> {
                promptTokens += completed.usage().prompt();
                cachedTokens += completed.usage().cached();
                outputTokens += completed.usage().output();
            }
            case SequenceEvent.Failed failed -> throw ApiException.of(failed, request.promptParam());
        }
    }

    List<Choice> choices() {
        return choices;
    }

    /** Over all prompts. */
    SequenceEvent.Usage usage() {
        return new SequenceEvent.Usage(promptTokens, cachedTokens, outputTokens);
    }
}
