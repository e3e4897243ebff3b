package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;
import troupe.actors.RequestTag;
import troupe.actors.ServedModel;
import troupe.actors.testing.WordCodec;
import troupe.engine.TokenIds;

class RequestBytesTest {
    private static final int CONTEXT = 4_096;
    private static final int MAX_UNREAD = 100;
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("m", "s", "t"), CONTEXT, 1_000, TokenIds.of(0), new WordCodec(1_000));

    @Test
    void shouldGrowWithThePromptTheChoicesAndTheAnswer() {
        long small = bytes("{\"prompt\":\"w1\",\"max_tokens\":10}");
        assertTrue(bytes("{\"prompt\":\"" + "w1 ".repeat(1_000) + "\",\"max_tokens\":10}") > small + 20_000);
        assertTrue(bytes("{\"prompt\":[" + "1,".repeat(1_000) + "1],\"max_tokens\":10}") > small + 10_000);
        long answer = bytes("{\"prompt\":\"w1\",\"max_tokens\":1000}") - small;
        assertTrue(answer > 100_000);
        long four = bytes("{\"prompt\":\"w1\",\"max_tokens\":1000,\"n\":4}") - small;
        assertTrue(four > 3 * answer);
        assertTrue(bytes("{\"prompt\":\"w1\",\"max_tokens\":1000,\"logprobs\":5}") > small + 4 * answer);
        assertTrue(bytes("{\"prompt\":[\"w1\",\"w1\"],\"max_tokens\":1000}") > small + 1.5 * answer);
    }

    @Test
    void shouldCountOfAStreamWhatMayWaitToBeReadAndOfAnyAnswerNoMoreThanIsUsual() {
        assertEquals(
                bytes("{\"prompt\":\"w1\",\"stream\":true,\"max_tokens\":" + MAX_UNREAD + "}"),
                bytes("{\"prompt\":\"w1\",\"stream\":true,\"max_tokens\":4000}"));
        assertEquals(
                bytes("{\"prompt\":\"w1\",\"max_tokens\":3000}"), bytes("{\"prompt\":\"w1\",\"max_tokens\":4000}"));
    }

    private static long bytes(String body) {
        ApiRequest request = CompletionParser.parse(
                new RequestTag("id", null),
                Caller.ANYONE,
                Json.parseObject(body.getBytes(StandardCharsets.UTF_8)),
                new RequestLimits(MODEL, 16));
        return RequestBytes.open(request, CONTEXT, MAX_UNREAD);
    }
}
