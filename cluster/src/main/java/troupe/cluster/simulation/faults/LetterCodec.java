package troupe.cluster.simulation.faults;

import java.nio.charset.StandardCharsets;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.PromptException;
import troupe.engine.TokenIds;
import troupe.engine.output.TextDecoder;

/** A tokenizer whose tokens are letters, so that stop strings are met. */
final class LetterCodec implements PromptCodec {
    @Override
    public TokenIds encode(Prompt prompt) {
        if (prompt instanceof Prompt.Tokens(var ids)) {
            return ids;
        }
        throw new PromptException("a prompt here is its tokens");
    }

    @Override
    public TextDecoder decoder(boolean skipSpecialTokens) {
        return new TextDecoder() {
            @Override
            public String append(int tokenId) {
                return letter(tokenId);
            }

            @Override
            public String flush() {
                return "";
            }
        };
    }

    @Override
    public byte[] tokenBytes(int token) {
        return letter(token).getBytes(StandardCharsets.UTF_8);
    }

    private static String letter(int token) {
        return String.valueOf((char) ('a' + token % 26));
    }
}
