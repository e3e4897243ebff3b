package troupe.bench.routing;

import troupe.actors.EngineFactory;
import troupe.actors.ModelId;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.PromptException;
import troupe.actors.ServedModel;
import troupe.cluster.NodeModel;
import troupe.conf.EngineSettings;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.output.TextDecoder;

/** A model whose engines are {@link TimedExecutor}s; prompts are tokens, and every token's text is a dot. */
record TimedModel(ExecutorInfo executor, EngineSpeed speed, EngineSettings settings) implements NodeModel {
    private static final String TEXT = ".";

    @Override
    public ServedModel served() {
        return new ServedModel(
                new ModelId(executor.model(), executor.numericsId(), "none"),
                executor.contextLength(),
                executor.vocabularySize(),
                executor.endOfSequence(),
                new Dots());
    }

    @Override
    public long weightBytes() {
        return 1;
    }

    @Override
    public EngineFactory engines(String worker, long kvMemoryBytes) {
        return EngineFactory.of(
                "engine-" + worker, settings, () -> new TimedExecutor(executor, speed), System::nanoTime);
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    private static final class Dots implements PromptCodec {
        @Override
        public TokenIds encode(Prompt prompt) {
            if (prompt instanceof Prompt.Tokens(var ids)) {
                return ids;
            }
            throw new PromptException("this model takes token ids alone");
        }

        @Override
        public TextDecoder decoder(boolean skipSpecialTokens) {
            return new TextDecoder() {
                @Override
                public String append(int tokenId) {
                    return TEXT;
                }

                @Override
                public String flush() {
                    return "";
                }
            };
        }

        @Override
        public byte[] tokenBytes(int token) {
            return new byte[] {'.'};
        }
    }
}
