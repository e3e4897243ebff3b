package troupe.http;

import java.nio.charset.StandardCharsets;
import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;

/** How many tokens a request may take, before its prompt is tokenized. */
final class TokenEstimate {
    /** Of text in UTF-8: what is common for large vocabularies. */
    private static final int BYTES_PER_TOKEN = 4;

    /** For its role and what the template puts around it. */
    private static final int TOKENS_PER_MESSAGE = 4;

    private TokenEstimate() {}

    /** Prompts and outputs, each output as long as it may be; {@code contextLength} of the model. */
    static long of(ApiRequest request, int contextLength) {
        long tokens = 0;
        for (GenerationRequest generation : request.generations()) {
            long prompt = Math.min(contextLength, of(generation.prompt()));
            Integer wanted = generation.maxTokens();
            long room = contextLength - prompt;
            tokens += prompt + generation.choices() * (wanted == null ? room : Math.min(wanted, room));
        }
        return tokens;
    }

    private static long of(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Tokens tokens -> tokens.ids().size();
            case Prompt.Text text -> of(text.text());
            case Prompt.Chat chat -> {
                long tokens = 0;
                for (Prompt.Message message : chat.messages()) {
                    tokens += TOKENS_PER_MESSAGE + of(message.content());
                }
                yield tokens;
            }
        };
    }

    private static long of(String text) {
        return Math.ceilDiv((long) text.getBytes(StandardCharsets.UTF_8).length, BYTES_PER_TOKEN);
    }
}
