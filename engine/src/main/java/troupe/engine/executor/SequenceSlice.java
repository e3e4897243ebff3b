package troupe.engine.executor;

import org.jspecify.annotations.Nullable;
import troupe.engine.TokenIds;

/**
 * The part of one sequence that a step computes.
 *
 * @param tokens ids at positions {@code [firstPosition, firstPosition + tokens.size())}
 * @param firstPosition absolute; keys and values of all earlier positions were written by earlier steps
 * @param blockTable physical KV blocks that cover positions {@code [0, firstPosition + tokens.size())}, in order; those
 *     that the step writes to belong to this sequence alone, and between steps a block may be replaced by one of equal
 *     content
 * @param sample draw the token that follows the last of {@code tokens}, or null while the prompt is incomplete
 * @param score log-probabilities of given tokens along this slice, or null
 */
public record SequenceSlice(
        TokenIds tokens,
        int firstPosition,
        TokenIds blockTable,
        @Nullable SampleSpec sample,
        @Nullable ScoreSpec score) {}
