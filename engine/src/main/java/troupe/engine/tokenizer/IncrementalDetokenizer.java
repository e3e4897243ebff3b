package troupe.engine.tokenizer;

/**
 * Turns one sequence's tokens into text as they come. Bytes that may yet become a character are held back, so that the
 * emissions and a final {@link #flush()}, joined, equal {@link Tokenizer#decode} of all tokens, and no emission has a
 * U+FFFD that the whole text has not. At most three bytes are held back. Not thread-safe.
 */
public final class IncrementalDetokenizer {
    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private byte[] held = {};

    public IncrementalDetokenizer(Tokenizer tokenizer, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
    }

    /**
     * The text that token {@code id} completes; empty where it completes none.
     *
     * @throws IndexOutOfBoundsException for an id that the vocabulary has not
     */
    public String append(int id) {
        if (skipSpecialTokens && tokenizer.isSpecial(id)) {
            return "";
        }
        byte[] token = tokenizer.tokenBytes(id);
        byte[] bytes = token;
        if (held.length > 0) {
            bytes = new byte[held.length + token.length];
            System.arraycopy(held, 0, bytes, 0, held.length);
            System.arraycopy(token, 0, bytes, held.length, token.length);
        }
        int incomplete = Utf8.incompleteSuffix(bytes);
        int complete = bytes.length - incomplete;
        held = new byte[incomplete];
        System.arraycopy(bytes, complete, held, 0, incomplete);
        return Utf8.decode(bytes, complete);
    }

    /** The text of the bytes held back, at the end of the sequence: empty, or U+FFFD. Forgets them. */
    public String flush() {
        String rest = Utf8.decode(held, held.length);
        held = new byte[0];
        return rest;
    }
}
