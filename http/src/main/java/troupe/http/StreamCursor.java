package troupe.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import troupe.http.StreamPosition.Choice;
import troupe.http.StreamPosition.Stage;

/**
 * Follows a resumed answer from where its client is: says of everything that comes whether the client has it, and of what is
 * sent where it leads. Choices are counted over all prompts; tokens begin after those that the client has.
 */
final class StreamCursor {
    private final int choicesOfAPrompt;
    private final @Nullable String[] answers;
    private final Choice[] before;
    private final Choice[] now;
    private final boolean usageBefore;
    private boolean usage;

    /** @param position of the client */
    StreamCursor(StreamPosition position) {
        choicesOfAPrompt = position.prompts().getFirst().choices().size();
        answers = position.prompts().stream().map(StreamPosition.Prompt::answer).toArray(String[]::new);
        before = position.prompts().stream()
                .flatMap(prompt -> prompt.choices().stream())
                .toArray(Choice[]::new);
        now = before.clone();
        usageBefore = position.usage();
        usage = usageBefore;
    }

    void accepted(int prompt, @Nullable String answer) {
        answers[prompt] = answer;
    }

    /** The chunk before a choice's first token comes; whether it is new. */
    boolean head(int choice) {
        return reach(choice, Stage.HEAD);
    }

    /** Log-probabilities of a choice's prompt come; whether they are new. */
    boolean scores(int choice) {
        return reach(choice, Stage.SCORES);
    }

    /** So many tokens of a choice come, which are new. */
    void tokens(int choice, int count) {
        now[choice] = new Choice(Stage.TOKENS, now[choice].tokens() + count, now[choice].ended());
    }

    /** A choice's end comes; whether it is new. */
    boolean end(int choice) {
        now[choice] = new Choice(Stage.TOKENS, now[choice].tokens(), true);
        return !before[choice].ended();
    }

    /** The usage comes; whether it is new. */
    boolean usage() {
        usage = true;
        return !usageBefore;
    }

    StreamPosition position() {
        List<StreamPosition.Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < answers.length; i++) {
            prompts.add(new StreamPosition.Prompt(
                    answers[i], List.of(now).subList(i * choicesOfAPrompt, (i + 1) * choicesOfAPrompt)));
        }
        return new StreamPosition(prompts, usage);
    }

    private boolean reach(int choice, Stage stage) {
        if (now[choice].stage().compareTo(stage) < 0) {
            now[choice] = new Choice(stage, 0, false);
        }
        return before[choice].stage().compareTo(stage) < 0;
    }
}
