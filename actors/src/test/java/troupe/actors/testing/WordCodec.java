package troupe.actors.testing;

import java.nio.charset.StandardCharsets;
import troupe.actors.Prompt;
import troupe.actors.PromptCodec;
import troupe.actors.PromptException;
import troupe.engine.TokenIds;
import troupe.engine.output.TextDecoder;

/** A tokenizer without a vocabulary: token 7 is the text " w7", and a text is cut at its spaces. */
public final class WordCodec implements PromptCodec {
    private final int vocabularySize;

    public WordCodec(int vocabularySize) {
        this.vocabularySize = vocabularySize;
    }

    @Override
    public TokenIds encode(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Tokens(var ids) -> ids;
            case Prompt.Text(var text, var ignored) -> words(text);
            case Prompt.Chat chat -> {
                StringBuilder text = new StringBuilder();
                for (Prompt.Message message : chat.messages()) {
                    if (message.role().equals("forbidden")) {
                        throw new PromptException("the template knows no role 'forbidden'");
                    }
                    text.append(message.role())
                            .append(' ')
                            .append(message.content())
                            .append(' ');
                }
                yield words(text.toString());
            }
        };
    }

    private TokenIds words(String text) {
        TokenIds ids = TokenIds.EMPTY;
        for (String word : text.strip().split(" +", -1)) {
            ids = ids.append(
                    word.matches("w\\d{1,6}")
                            ? Integer.parseInt(word.substring(1)) % vocabularySize
                            : Math.floorMod(word.hashCode(), vocabularySize));
        }
        return ids;
    }

    @Override
    public TextDecoder decoder(boolean skipSpecialTokens) {
        return new TextDecoder() {
            @Override
            public String append(int tokenId) {
                return " w" + tokenId;
            }

            @Override
            public String flush() {
                return "";
            }
        };
    }

    @Override
    public byte[] tokenBytes(int token) {
        return (" w" + token).getBytes(StandardCharsets.UTF_8);
    }
}
