package troupe.multinode.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerTest {
    private static final String USAGE =
            "{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,\"prompt_tokens_details\":{}}}";

    private static String chunk(String id, String text, int token, double logprob) {
        return "{\"id\":\"" + id + "\",\"choices\":[{\"index\":0,\"text\":\"" + text + "\",\"token_ids\":[" + token
                + "],\"logprobs\":{\"token_logprobs\":[" + logprob + "]},\"finish_reason\":null}]}";
    }

    private static final String END =
            "{\"choices\":[{\"index\":0,\"text\":\"\",\"logprobs\":null,\"finish_reason\":\"stop\"}]}";

    private static List<String> stream(String id) {
        return List.of(chunk(id, "a", 5, -0.25), chunk(id, "b", 6, -1.5), END, USAGE);
    }

    @Test
    void shouldLeaveOutWhatDiffersFromTimeToTime() throws Exception {
        assertEquals(Answer.ofStream(stream("one")), Answer.ofStream(stream("two")));
    }

    @Test
    void shouldBeTheSameInOnePiece() throws Exception {
        String whole = """
                {"choices": [{"index": 0, "text": "ab", "token_ids": [5, 6],
                  "logprobs": {"token_logprobs": [-0.25, -1.5]}, "finish_reason": "stop"}],
                 "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
                """;
        assertEquals(Answer.ofStream(stream("one")), Answer.ofWhole(whole));
    }

    @Test
    void shouldDifferWhereAnythingComesTwiceOrIsMissing() throws Exception {
        Answer answer = Answer.ofStream(stream("one"));
        for (int i = 0; i < stream("one").size(); i++) {
            List<String> twice = new ArrayList<>(stream("one"));
            twice.add(i, twice.get(i));
            assertNotEquals(answer, Answer.ofStream(twice));
        }
        List<String> missing = new ArrayList<>(stream("one"));
        missing.remove(1);
        assertNotEquals(answer, Answer.ofStream(missing));
    }

    @Test
    void shouldDifferByTheLastBitOfALogProbability() throws Exception {
        List<String> other = new ArrayList<>(stream("one"));
        other.set(0, chunk("one", "a", 5, Math.nextUp(-0.25)));
        assertNotEquals(Answer.ofStream(stream("one")), Answer.ofStream(other));
    }

    @Test
    void shouldBeNoAnswerWhereItHasNotEndedOrIsAnError() {
        assertThrows(IOException.class, () -> Answer.ofStream(List.of(chunk("one", "a", 5, -1))));
        assertThrows(IOException.class, () -> Answer.ofStream(List.of(chunk("one", "a", 5, -1), "{\"error\":{}}")));
        assertThrows(IOException.class, () -> Answer.ofStream(List.of()));
    }
}
