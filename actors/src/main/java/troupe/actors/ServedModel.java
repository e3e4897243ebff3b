package troupe.actors;

import troupe.engine.TokenIds;

/**
 * A model as requests see it.
 *
 * @param contextLength prompt and output at most, tokens
 * @param endOfSequence ids that end an answer
 */
public record ServedModel(
        ModelId id, int contextLength, int vocabularySize, TokenIds endOfSequence, PromptCodec codec) {
    /** Clients ask for it by this. */
    public String name() {
        return id.name();
    }
}
