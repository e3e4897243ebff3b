package troupe.engine.tokenizer;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import troupe.engine.gguf.GgufMetadata;

/**
 * A tokenizer that encodes by Hugging Face's tokenizers library and decodes by its own table of token bytes.
 *
 * <p>It holds up to two native tokenizers: one that knows the control tokens, and, from the first text that must not
 * contain any, one to which they do not exist.
 */
public final class HuggingFaceTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;
    private final byte[][] tokenBytes;
    private final BitSet special;
    private final NativeTokenizer withControlTokens;
    private volatile @Nullable NativeTokenizer plain;

    private HuggingFaceTokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.tokenBytes = vocabulary.tokenBytes();
        this.special = vocabulary.control();
        this.withControlTokens = new NativeTokenizer(TokenizerJson.of(vocabulary, true));
    }

    /**
     * The tokenizer that a GGUF file describes.
     *
     * @param cacheFolder where the library's native part is unpacked
     * @throws troupe.engine.gguf.ModelFormatException where the vocabulary is malformed or of an unsupported kind
     */
    public static HuggingFaceTokenizer of(GgufMetadata metadata, Path cacheFolder) {
        Vocabulary vocabulary = Vocabulary.of(metadata);
        TokenizersLibraryLoader.load(cacheFolder);
        return new HuggingFaceTokenizer(vocabulary);
    }

    @Override
    public int[] encode(String text, boolean parseSpecialTokens) {
        NativeTokenizer tokenizer = parseSpecialTokens ? withControlTokens : plain();
        return tokenizer.encode(withoutUnpairedSurrogates(text));
    }

    @Override
    public String decode(int[] ids, boolean skipSpecialTokens) {
        int length = 0;
        for (int id : ids) {
            length = Math.addExact(length, isSkipped(id, skipSpecialTokens) ? 0 : tokenBytes[id].length);
        }
        byte[] bytes = new byte[length];
        int at = 0;
        for (int id : ids) {
            if (!isSkipped(id, skipSpecialTokens)) {
                System.arraycopy(tokenBytes[id], 0, bytes, at, tokenBytes[id].length);
                at += tokenBytes[id].length;
            }
        }
        return Utf8.decode(bytes, length);
    }

    private boolean isSkipped(int id, boolean skipSpecialTokens) {
        return isSpecial(id) && skipSpecialTokens;
    }

    @Override
    public byte[] tokenBytes(int id) {
        return tokenBytes[Objects.checkIndex(id, tokenBytes.length)].clone();
    }

    @Override
    public boolean isSpecial(int id) {
        return special.get(Objects.checkIndex(id, tokenBytes.length));
    }

    @Override
    public int vocabularySize() {
        return tokenBytes.length;
    }

    @Override
    public SpecialTokens specialTokens() {
        return vocabulary.specialTokens();
    }

    private NativeTokenizer plain() {
        NativeTokenizer tokenizer = plain;
        if (tokenizer == null) {
            synchronized (this) {
                tokenizer = plain;
                if (tokenizer == null) {
                    tokenizer = new NativeTokenizer(TokenizerJson.of(vocabulary, false));
                    plain = tokenizer;
                }
            }
        }
        return tokenizer;
    }

    private static String withoutUnpairedSurrogates(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return replaceUnpaired(text, i);
            }
        }
        return text;
    }

    private static String replaceUnpaired(String text, int from) {
        StringBuilder clean = new StringBuilder(text);
        for (int i = from; i < clean.length(); i++) {
            char character = clean.charAt(i);
            if (Character.isHighSurrogate(character)
                    && i + 1 < clean.length()
                    && Character.isLowSurrogate(clean.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(character)) {
                clean.setCharAt(i, '\uFFFD');
            }
        }
        return clean.toString();
    }
}
