package troupe.engine.tokenizer;

import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import troupe.engine.gguf.GgufMetadata;

/**
 * Token ids with a role of their own, as far as the model has them.
 *
 * @param bos beginning of sequence
 * @param eos end of sequence
 * @param eot end of turn
 * @param eom end of message
 * @param unknown the token for what cannot be encoded
 * @param padding the token that fills batches
 * @param addBos whether a prompt that no chat template rendered begins with {@link #bos}
 * @param addEos whether such a prompt ends with {@link #eos}
 */
public record SpecialTokens(
        OptionalInt bos,
        OptionalInt eos,
        OptionalInt eot,
        OptionalInt eom,
        OptionalInt unknown,
        OptionalInt padding,
        boolean addBos,
        boolean addEos) {

    /** Reads the {@code tokenizer.ggml.*_token_id} keys; each id must be below {@code vocabularySize}. */
    static SpecialTokens of(GgufMetadata metadata, int vocabularySize, boolean addBosByDefault) {
        int max = vocabularySize - 1;
        return new SpecialTokens(
                metadata.optionalInt("tokenizer.ggml.bos_token_id", 0, max),
                metadata.optionalInt("tokenizer.ggml.eos_token_id", 0, max),
                metadata.optionalInt("tokenizer.ggml.eot_token_id", 0, max),
                metadata.optionalInt("tokenizer.ggml.eom_token_id", 0, max),
                metadata.optionalInt("tokenizer.ggml.unknown_token_id", 0, max),
                metadata.optionalInt("tokenizer.ggml.padding_token_id", 0, max),
                metadata.booleanOr("tokenizer.ggml.add_bos_token", addBosByDefault),
                metadata.booleanOr("tokenizer.ggml.add_eos_token", false));
    }

    /** The distinct ids that end a generation, ascending: end of sequence, of turn, of message. */
    public int[] endOfGeneration() {
        return Stream.of(eos, eot, eom)
                .flatMapToInt(OptionalInt::stream)
                .distinct()
                .sorted()
                .toArray();
    }

    /** The ids that structure text whatever the vocabulary says about their type. */
    IntStream structural() {
        return Stream.of(bos, eos, eot, eom).flatMapToInt(OptionalInt::stream);
    }
}
