package troupe.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import troupe.actors.resume.ReadSoFar;

/**
 * How much of a streamed answer has been sent: the {@code id} of its events. The same for all gateways, however tokens were
 * grouped and choices interleaved.
 *
 * <pre>
 *   position = prompt *( ";" prompt ) [ "/u" ]      of every prompt; /u: the usage, too
 *   prompt   = ""                                   nothing of it
 *            | answer ":" choice *( "," choice )    of every choice; answer: which one, 16 hexadecimal digits
 *   choice   = ""                                   nothing of it
 *            | "h"                                  the chunk before its first token
 *            | "p"                                  its prompt's log-probabilities
 *            | tokens [ "." ]                       so many tokens; ".": its end, too
 * </pre>
 *
 * @param usage whether the chunk with the usage was sent
 */
record StreamPosition(List<Prompt> prompts, boolean usage) {
    private static final Pattern CHOICE = Pattern.compile("|h|p|(0|[1-9][0-9]{0,8})(\\.?)");
    private static final Pattern ANSWER = Pattern.compile("[0-9a-f]{16}");
    private static final String USAGE = "/u";

    StreamPosition {
        prompts = List.copyOf(prompts);
    }

    /** What comes of a choice, in this order. */
    enum Stage {
        NOTHING(""),
        HEAD("h"),
        SCORES("p"),
        TOKENS("");

        final String text;

        Stage(String text) {
            this.text = text;
        }
    }

    /** Of a choice; {@code tokens} and {@code ended} count at {@link Stage#TOKENS} alone. */
    record Choice(Stage stage, int tokens, boolean ended) {
        static final Choice NOTHING = new Choice(Stage.NOTHING, 0, false);

        @Override
        public String toString() {
            return stage == Stage.TOKENS ? tokens + (ended ? "." : "") : stage.text;
        }

        private boolean isMoreThanHead() {
            return stage.compareTo(Stage.HEAD) > 0;
        }
    }

    /** Of a prompt; {@code answer} is null where nothing of it was sent. */
    record Prompt(@Nullable String answer, List<Choice> choices) {
        Prompt {
            choices = List.copyOf(choices);
        }

        /** What its sequence has to know: null where nothing was sent that depends on what it draws. */
        @Nullable
        ReadSoFar read() {
            return answer == null || choices.stream().noneMatch(Choice::isMoreThanHead)
                    ? null
                    : new ReadSoFar(answer, choices.stream().map(Choice::tokens).toList());
        }
    }

    /** Nothing, of so many prompts with so many choices each. */
    static StreamPosition none(int prompts, int choices) {
        List<Prompt> all = new ArrayList<>();
        for (int i = 0; i < prompts; i++) {
            all.add(new Prompt(null, Collections.nCopies(choices, Choice.NOTHING)));
        }
        return new StreamPosition(all, false);
    }

    /** @throws ApiException where {@code text} is no position in an answer of so many prompts with so many choices each */
    static StreamPosition parse(String text, int prompts, int choices) {
        boolean usage = text.endsWith(USAGE);
        String[] parts = (usage ? text.substring(0, text.length() - USAGE.length()) : text).split(";", -1);
        if (parts.length != prompts) {
            throw wrong(text, "it has " + parts.length + " prompts, the request " + prompts);
        }
        List<Prompt> all = new ArrayList<>();
        for (String part : parts) {
            all.add(part.isEmpty() ? none(1, choices).prompts().getFirst() : prompt(text, part, choices));
        }
        return new StreamPosition(all, usage);
    }

    private static Prompt prompt(String text, String part, int choices) {
        int colon = part.indexOf(':');
        if (colon < 0 || !ANSWER.matcher(part.substring(0, colon)).matches()) {
            throw wrong(text, "it names no answer");
        }
        String[] each = part.substring(colon + 1).split(",", -1);
        if (each.length != choices) {
            throw wrong(text, "it has " + each.length + " choices, the request " + choices);
        }
        List<Choice> all = new ArrayList<>();
        for (String choice : each) {
            all.add(choice(text, choice));
        }
        return new Prompt(part.substring(0, colon), all);
    }

    private static Choice choice(String text, String choice) {
        Matcher matcher = CHOICE.matcher(choice);
        if (!matcher.matches()) {
            throw wrong(text, "'" + Fields.shortened(choice) + "' is no part of an answer");
        }
        if (matcher.group(1) != null) {
            return new Choice(
                    Stage.TOKENS,
                    Integer.parseInt(matcher.group(1)),
                    !matcher.group(2).isEmpty());
        }
        for (Stage stage : Stage.values()) {
            if (stage.text.equals(choice)) {
                return new Choice(stage, 0, false);
            }
        }
        throw new IllegalStateException("the pattern knows '" + choice + "', the stages do not");
    }

    private static ApiException wrong(String text, String why) {
        return ApiException.invalid(
                ResumeHeaders.LAST_EVENT,
                ResumeHeaders.LAST_EVENT + " is '" + Fields.shortened(text) + "', which is no id of this answer's: "
                        + why);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < prompts.size(); at++) {
            Prompt prompt = prompts.get(at);
            text.append(at == 0 ? "" : ";");
            if (prompt.answer() != null) {
                text.append(prompt.answer()).append(':');
                for (int i = 0; i < prompt.choices().size(); i++) {
                    text.append(i == 0 ? "" : ",").append(prompt.choices().get(i));
                }
            }
        }
        return text.append(usage ? USAGE : "").toString();
    }
}
