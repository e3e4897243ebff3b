package troupe.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import troupe.engine.gguf.GgufMetadata;
import troupe.engine.gguf.GgufValue;
import troupe.engine.gguf.ModelFormatException;

/**
 * The byte-level BPE vocabulary of a GGUF file ({@code tokenizer.ggml.model} is {@code gpt2}), validated.
 *
 * @param tokens the distinct texts by id; ordinary ones in the byte-level alphabet, added ones as plain text
 * @param merges pairs {@code left right}, the most urgent first
 * @param control ids of tokens that are structure, never text
 * @param userDefined ids of added tokens that are text
 */
record Vocabulary(
        List<String> tokens,
        List<String> merges,
        PreTokenizer preTokenizer,
        SpecialTokens specialTokens,
        BitSet control,
        BitSet userDefined) {
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    /** Reads the {@code tokenizer.ggml.*} keys. */
    static Vocabulary of(GgufMetadata metadata) {
        String model = metadata.requireString("tokenizer.ggml.model");
        if (!model.equals("gpt2")) {
            throw new ModelFormatException("tokenizer.ggml.model is " + model + "; supported is gpt2 (byte-level BPE)");
        }
        PreTokenizer preTokenizer =
                PreTokenizer.named(metadata.optionalString("tokenizer.ggml.pre").orElse(null));
        List<String> tokens = metadata.requireStrings("tokenizer.ggml.tokens").values();
        requireDistinct(tokens);
        List<String> merges = metadata.requireStrings("tokenizer.ggml.merges").values();
        requirePairs(merges);
        BitSet control = new BitSet(tokens.size());
        BitSet userDefined = new BitSet(tokens.size());
        readTypes(metadata.optionalIntegers("tokenizer.ggml.token_type"), tokens.size(), control, userDefined);
        SpecialTokens special = SpecialTokens.of(metadata, tokens.size(), preTokenizer.addBosByDefault());
        special.structural().forEach(control::set);
        userDefined.andNot(control);
        return new Vocabulary(tokens, merges, preTokenizer, special, control, userDefined);
    }

    int size() {
        return tokens.size();
    }

    /** The bytes of every token. */
    byte[][] tokenBytes() {
        byte[][] bytes = new byte[size()][];
        for (int id = 0; id < bytes.length; id++) {
            boolean plain = control.get(id) || userDefined.get(id);
            bytes[id] =
                    plain ? tokens.get(id).getBytes(StandardCharsets.UTF_8) : ByteLevelAlphabet.bytes(tokens.get(id));
        }
        return bytes;
    }

    private static void requireDistinct(List<String> tokens) {
        if (tokens.isEmpty()) {
            throw new ModelFormatException("tokenizer.ggml.tokens is empty");
        }
        Set<String> seen = HashSet.newHashSet(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            if (token.isEmpty()) {
                throw new ModelFormatException("token " + id + " of tokenizer.ggml.tokens is empty");
            }
            if (!seen.add(token)) {
                throw new ModelFormatException("token " + id + " of tokenizer.ggml.tokens repeats token "
                        + tokens.indexOf(token) + ", \"" + shown(token) + "\"");
            }
        }
    }

    private static void requirePairs(List<String> merges) {
        for (int i = 0; i < merges.size(); i++) {
            String merge = merges.get(i);
            int space = merge.indexOf(' ');
            if (space < 1 || space == merge.length() - 1 || merge.indexOf(' ', space + 1) >= 0) {
                throw new ModelFormatException("merge " + i + " of tokenizer.ggml.merges is \"" + shown(merge)
                        + "\"; it must be two tokens with a space between");
            }
        }
    }

    private static void readTypes(
            Optional<GgufValue.IntegerArray> types, int tokens, BitSet control, BitSet userDefined) {
        if (types.isEmpty()) {
            return;
        }
        GgufValue.IntegerArray array = types.get();
        if (array.size() != tokens) {
            throw new ModelFormatException(
                    "tokenizer.ggml.token_type has " + array.size() + " elements, tokenizer.ggml.tokens has " + tokens);
        }
        for (int id = 0; id < tokens; id++) {
            long type = array.get(id);
            control.set(id, type == CONTROL || type == UNKNOWN);
            userDefined.set(id, type == USER_DEFINED);
        }
    }

    private static String shown(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}
