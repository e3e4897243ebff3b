package troupe.actors;

import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;

/**
 * A model as requests see it.
 *
 * @param name clients ask for it by this
 * @param contextLength prompt and output at most, tokens
 * @param endOfSequence ids that end an answer
 */
public record ServedModel(
        String name, int contextLength, int vocabularySize, TokenIds endOfSequence, PromptCodec codec) {
    public static ServedModel of(ExecutorInfo info, PromptCodec codec) {
        return new ServedModel(info.model(), info.contextLength(), info.vocabularySize(), info.endOfSequence(), codec);
    }
}
