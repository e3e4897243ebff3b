package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static troupe.http.TestServer.JSON;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import troupe.actors.ModelId;
import troupe.actors.RequestTag;
import troupe.actors.ServedModel;
import troupe.actors.testing.WordCodec;

class TokenEstimateTest {
    private static final int CONTEXT = TestServer.INFO.contextLength();

    private static ApiRequest request(String body) throws Exception {
        int words = TestServer.INFO.vocabularySize();
        ServedModel model = new ServedModel(
                new ModelId("stub", "no file", "words"),
                CONTEXT,
                words,
                TestServer.INFO.endOfSequence(),
                new WordCodec(words));
        RequestLimits limits = new RequestLimits(model, 16);
        RequestTag tag = new RequestTag("r", null);
        ObjectNode json = (ObjectNode) JSON.readTree(body);
        return json.has("messages")
                ? ChatParser.parse(tag, Caller.ANYONE, json, limits)
                : CompletionParser.parse(tag, Caller.ANYONE, json, limits);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"prompt\":[1,2,3],\"max_tokens\":5} | 8",
                "{\"prompt\":[1,2,3],\"max_tokens\":5,\"n\":4} | 23",
                "{\"prompt\":[[1,2],[1,2,3]],\"max_tokens\":5,\"n\":2} | 25",
                "{\"prompt\":\"twelve bytes\",\"max_tokens\":5} | 8",
                "{\"prompt\":[1,2,3],\"max_tokens\":100000} | 512",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"twelve bytes\"}],\"max_tokens\":5} | 12",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]} | 512",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"n\":2} | 1018",
            })
    void shouldCountPromptsOnceAndEveryOutputInFull(String body, long tokens) throws Exception {
        assertEquals(tokens, TokenEstimate.of(request(body), CONTEXT));
    }
}
