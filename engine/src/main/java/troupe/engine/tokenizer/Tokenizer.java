package troupe.engine.tokenizer;

/** A model's mapping between text and token ids. Safe for use by several threads at once. */
public interface Tokenizer {
    /**
     * The token ids of {@code text}; no beginning-of-sequence token is added. Unpaired surrogates count as U+FFFD.
     * What no token of the vocabulary covers is left out: some vocabularies lack a few control characters.
     *
     * @param parseSpecialTokens whether the texts of special tokens, such as {@code <|im_end|>}, become those tokens.
     *     False encodes them as ordinary text and never yields a special token: for text from users that must not be
     *     able to pose as structure.
     */
    int[] encode(String text, boolean parseSpecialTokens);

    /**
     * The text of {@code ids}: the UTF-8 decoding of their bytes in order, with U+FFFD for each maximal invalid part.
     *
     * @throws IndexOutOfBoundsException for an id outside {@code [0, vocabularySize())}
     */
    String decode(int[] ids, boolean skipSpecialTokens);

    /**
     * The bytes of token {@code id}, which need not be whole UTF-8 characters; a special token's are its text's.
     *
     * @throws IndexOutOfBoundsException for an id outside {@code [0, vocabularySize())}
     */
    byte[] tokenBytes(int id);

    /**
     * Whether {@code id} is a control token, one that structures a prompt and is no text.
     *
     * @throws IndexOutOfBoundsException for an id outside {@code [0, vocabularySize())}
     */
    boolean isSpecial(int id);

    /** The number of token ids, which are {@code [0, vocabularySize())}. */
    int vocabularySize();

    /** The tokens with a role of their own. */
    SpecialTokens specialTokens();
}
