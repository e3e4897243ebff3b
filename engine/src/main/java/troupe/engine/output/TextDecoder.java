package troupe.engine.output;

/** Turns the tokens of one output into text, one after the other. Bytes of an unfinished character are held back. */
public interface TextDecoder {
    /** The text that {@code tokenId} completes; may be empty. */
    String append(int tokenId);

    /** What is left of bytes that never became a character, as replacement characters; nothing may follow. */
    String flush();
}
