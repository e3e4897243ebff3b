package troupe.http;

import troupe.actors.GenerationRequest;
import troupe.actors.Prompt;

/** Estimates what requests hold of the heap, bytes: rather too much than too little. */
final class RequestBytes {
    /** Of a body while it is read and parsed: the bytes twice, and a tree of nodes, of which a short number is the worst. */
    private static final int PER_BODY_BYTE = 8;

    /** Its connection, actors and streams. */
    private static final long REQUEST = 16 << 10;

    private static final long MESSAGE = 128;
    /** Two of the text, and its tokens in three places, a token for two characters. */
    private static final long PER_CHARACTER = 8;

    private static final long PER_PROMPT_TOKEN = 12;
    /** A token of the output with its text and number, until it is sent. */
    private static final long PER_OUTPUT_TOKEN = 128;
    /** An answer that is sent in one piece is rarely longer, whatever the request allows. */
    private static final int EXPECTED_OUTPUT = 2_048;

    private static final long PER_LOGPROB = 96;

    private RequestBytes() {}

    /** Of a request whose body is being read. */
    static long reading(long bodyBytes) {
        return REQUEST + PER_BODY_BYTE * bodyBytes;
    }

    /**
     * Of a request that waits for its answer, or gets it.
     *
     * @param maxUnread tokens of a stream that may wait to be sent
     */
    static long open(ApiRequest request, int contextLength, int maxUnread) {
        long sum = REQUEST;
        for (GenerationRequest generation : request.generations()) {
            int most = generation.maxTokens() == null ? contextLength : generation.maxTokens();
            long kept = Math.min(Math.min(most, EXPECTED_OUTPUT), request.options().stream() ? maxUnread : most);
            long perToken = PER_OUTPUT_TOKEN
                    + PER_LOGPROB * Math.max(0, generation.sampling().logprobs());
            sum += prompt(generation.prompt()) + generation.choices() * kept * perToken;
        }
        return sum;
    }

    private static long prompt(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Text text -> PER_CHARACTER * text.text().length();
            case Prompt.Tokens tokens -> PER_PROMPT_TOKEN * tokens.ids().size();
            case Prompt.Chat chat -> {
                long sum = 0;
                for (Prompt.Message message : chat.messages()) {
                    sum += MESSAGE + PER_CHARACTER * message.content().length();
                }
                yield sum;
            }
        };
    }
}
