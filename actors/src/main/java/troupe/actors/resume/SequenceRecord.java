package troupe.actors.resume;

import java.time.Duration;
import troupe.actors.GenerationRequest;

/**
 * All that another gateway needs to go on with a sequence, but its tokens.
 *
 * @param sequence its id, the same under every owner
 * @param epoch of the owner that wrote it
 * @param request settled: its prompt is tokens, its seed, most tokens and timeout (what is left of it) are given
 * @param numericsId of the workers that may go on with it
 */
public record SequenceRecord(
        String sequence, long epoch, GenerationRequest request, Resumption resumption, String numericsId) {
    /** What is left at least, in which an answer that is complete can be said again. */
    private static final Duration LEAST_REMAINING = Duration.ofSeconds(1);

    /** The same after so much more of its time has passed. */
    SequenceRecord after(Duration passed) {
        Duration timeout = request.timeout();
        Duration left = timeout == null ? LEAST_REMAINING : timeout.minus(passed);
        return new SequenceRecord(
                sequence,
                epoch,
                request.within(left.compareTo(LEAST_REMAINING) < 0 ? LEAST_REMAINING : left),
                resumption,
                numericsId);
    }

    public ResumeKey key() {
        return resumption.key();
    }

    /** The answer's {@link AnswerTag}. */
    public String answer() {
        Long seed = request.seed();
        return AnswerTag.of(resumption.fingerprint(), request.sampling(), seed == null ? 0 : seed, numericsId);
    }
}
