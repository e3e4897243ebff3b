package troupe.engine.scheduler;

import java.util.Comparator;

/**
 * In which order prompts are computed, whether they are under way or wait: after priority, by a place in the count of
 * tokens that were ever prefilled. A sequence's place is the count when it comes, and its own tokens to prefill on top. So
 * short prompts pass long ones, and nobody waits for what came after as many tokens had been computed as its own prompt
 * has: the longest one does not starve.
 *
 * <p>A sequence that goes on with an answer, as those of a lost worker do, has a head start of {@value #HEAD_START} tokens:
 * its client has read a part and sees the pause, so it does not wait for prompts that came with it or just before.
 */
final class PrefillOrder {
    /** The next one first. */
    static final Comparator<Sequence> BY_PLACE = Comparator.<Sequence>comparingInt(s -> s.request.priority())
            .thenComparingLong(s -> s.place)
            .thenComparingLong(s -> s.arrival);

    static final int HEAD_START = 2_048;

    private long prefilled;

    /** Gives a sequence that comes its place, which it keeps. */
    void enter(Sequence sequence) {
        boolean goesOn = sequence.request.output().size() > 0;
        sequence.place = prefilled + sequence.tokensToPrefill - (goesOn ? HEAD_START : 0);
    }

    /** So many tokens of a sequence are computed now. */
    void prefilled(int tokens) {
        prefilled += tokens;
    }
}
