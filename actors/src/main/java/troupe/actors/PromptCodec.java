package troupe.actors;

import troupe.engine.TokenIds;
import troupe.engine.output.TextDecoder;

/** The port to a model's tokenizer and chat template. Safe for use by several threads at once. */
public interface PromptCodec {
    /**
     * The prompt's tokens.
     *
     * @throws PromptException where the template refuses the conversation
     */
    TokenIds encode(Prompt prompt);

    /** A decoder for one output. */
    TextDecoder decoder(boolean skipSpecialTokens);

    /** The bytes of one token, not always whole characters. {@code token} is within the vocabulary. */
    byte[] tokenBytes(int token);
}
