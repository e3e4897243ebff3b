package troupe.bench;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import troupe.bench.load.Answer;
import troupe.bench.peer.PeerModel;

/**
 * What both sides say to one prompt, greedily, from the same file.
 *
 * @param objection why the two are not the work of one model, if they are not
 */
record Sanity(PeerModel model, Answer ours, Answer theirs, Optional<String> objection) {
    /** What every quantization is sure to continue alike. */
    static final String PROMPT = "The days of the week are Monday, Tuesday, Wednesday,";

    static final int TOKENS = 32;

    private static final int SHARED_CHARACTERS = 5;
    private static final int DIFFERENT_WORDS = 6;

    /** Compares two answers of {@value #TOKENS} tokens to {@value #PROMPT}. */
    static Sanity of(PeerModel model, Answer ours, Answer theirs) {
        return new Sanity(model, ours, theirs, objection(model, ours, theirs));
    }

    /** Where there was nothing to compare. */
    static Sanity unanswered(PeerModel model, String reason) {
        Answer none = new Answer("", 0, 0);
        return new Sanity(model, none, none, Optional.of(reason));
    }

    private static Optional<String> objection(PeerModel model, Answer ours, Answer theirs) {
        if (ours.completionTokens() != TOKENS || theirs.completionTokens() != TOKENS) {
            return Optional.of("the answers have " + ours.completionTokens() + " and " + theirs.completionTokens()
                    + " tokens, " + TOKENS + " were asked for");
        }
        if (ours.promptTokens() != theirs.promptTokens()) {
            return Optional.of(
                    "the prompt has " + ours.promptTokens() + " tokens here and " + theirs.promptTokens() + " there");
        }
        if (model.random()) {
            return Optional.empty(); // its text has no meaning
        }
        if (shared(ours.text(), theirs.text()) < SHARED_CHARACTERS) {
            return Optional.of("the answers do not begin alike");
        }
        if (words(ours.text()) < DIFFERENT_WORDS || words(theirs.text()) < DIFFERENT_WORDS) {
            return Optional.of("an answer repeats itself: fewer than " + DIFFERENT_WORDS + " different words");
        }
        return Optional.empty();
    }

    private static int shared(String a, String b) {
        int length = 0;
        while (length < Math.min(a.length(), b.length()) && a.charAt(length) == b.charAt(length)) {
            length++;
        }
        return length;
    }

    private static int words(String text) {
        return new HashSet<>(Arrays.asList(text.strip().split("\\s+"))).size();
    }
}
