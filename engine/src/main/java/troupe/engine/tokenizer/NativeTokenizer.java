package troupe.engine.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import troupe.engine.gguf.ModelFormatException;

/**
 * A tokenizer of the native library. Encoding is safe from several threads; the native memory goes when the object is
 * unreachable, so that it can never be freed under a running call.
 */
final class NativeTokenizer {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long handle;

    /** Parses {@code json}, a tokenizer.json; the library must be loaded. */
    @SuppressWarnings("this-escape") // The cleaner must know the object; registering it is the last step.
    NativeTokenizer(String json) {
        try {
            handle = TokenizersLibrary.LIB.createTokenizerFromString(json);
        } catch (RuntimeException e) {
            throw new ModelFormatException("the vocabulary is not usable: " + e.getMessage(), e);
        }
        long owned = handle;
        CLEANER.register(this, () -> TokenizersLibrary.LIB.deleteTokenizer(owned));
    }

    /** The ids of {@code text}, which must have no unpaired surrogates: the library would misread all of it. */
    int[] encode(String text) {
        try {
            long encoding = TokenizersLibrary.LIB.encode(handle, text, false);
            long[] ids;
            try {
                ids = TokenizersLibrary.LIB.getTokenIds(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
            int[] narrow = new int[ids.length];
            for (int i = 0; i < ids.length; i++) {
                narrow[i] = (int) ids[i];
            }
            return narrow;
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
