package troupe.engine.scheduler;

import java.util.Comparator;

/**
 * In which order prompts are computed, whether they are under way or wait: after priority, by a place in the count of
 * tokens that were ever prefilled. A sequence's place is the count when it comes, and its own tokens to prefill on top. So
 * short prompts pass long ones, and nobody waits for what came after as many tokens had been computed as its own prompt
 * has: the longest one does not starve.
 *
 * <p>A sequence that goes on with an answer, as those of a lost worker do, counts a quarter of its tokens: its client has
 * read a part and sees the pause.
 */
final class PrefillOrder {
    /** The next one first. */
    static final Comparator<Sequence> BY_PLACE = Comparator.<Sequence>comparingInt(s -> s.request.priority())
            .thenComparingLong(s -> s.place)
            .thenComparingLong(s -> s.arrival);

    /** A token of a sequence that goes on counts as this part of one. */
    static final int GOING_ON = 4;

    private long prefilled;

    /** Gives a sequence that comes its place, which it keeps. */
    void enter(Sequence sequence) {
        boolean goesOn = sequence.request.output().size() > 0;
        sequence.place = prefilled + sequence.tokensToPrefill / (goesOn ? GOING_ON : 1);
    }

    /** So many tokens of a sequence are computed now. */
    void prefilled(int tokens) {
        prefilled += tokens;
    }
}
