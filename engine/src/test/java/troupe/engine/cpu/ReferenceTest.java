package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.engine.executor.ScoreSpec;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

/** The executor against an independent float32 computation of the default model. */
class ReferenceTest {
    private static JsonNode reference;

    @BeforeAll
    static void readReference() throws IOException {
        try (InputStream in = ReferenceTest.class.getResourceAsStream("/reference/smollm2-135m-instruct-q4_1.json")) {
            reference = new ObjectMapper().readTree(Objects.requireNonNull(in));
        }
    }

    @Test
    void shouldGiveTheTextsLikelihoodWithinTwoAndAHalfNats() {
        double total = 0;
        for (ScoredToken token : scoreText(ExecutorUnderTest.open(false))) {
            total -= token.logprob();
        }
        double expected = reference.at("/ppl/total_nll").doubleValue();
        assertEquals(expected, total, 2.5, "negative log-likelihood, nats");
    }

    @Test
    void shouldAgreeInFloat32AtEveryPosition() {
        List<ScoredToken> scored = scoreText(ExecutorUnderTest.open(true));
        JsonNode expected = reference.at("/ppl/nll_per_position");
        assertEquals(expected.size(), scored.size());
        for (int i = 0; i < scored.size(); i++) {
            assertEquals(expected.get(i).doubleValue(), -scored.get(i).logprob(), 1e-3, "nats at position " + i);
        }
    }

    @Test
    void shouldChooseTheReferencesTokensWhereTheyAreNotNearlyTied() {
        try (ExecutorUnderTest executor = ExecutorUnderTest.open(false)) {
            int compared = 0;
            for (JsonNode chat : reference.get("chats")) {
                compared += compareGreedy(executor, chat);
            }
            assertTrue(compared > 50, "only " + compared + " choices were far enough from a tie");
        }
    }

    private static int compareGreedy(ExecutorUnderTest executor, JsonNode chat) {
        TokenIds prompt = ids(chat.get("prompt_ids"));
        TokenIds generated = ids(chat.get("generated_ids"));
        executor.clear();
        int compared = 0;
        TokenIds input = prompt;
        int position = 0;
        for (int i = 0; i < generated.size(); i++) {
            SampleSpec sample = new SampleSpec(SamplingParams.greedy(64), 0, 0, prompt.size(), i, TokenIds.EMPTY);
            int chosen = executor.step(input, position, sample, null)
                    .drawn()
                    .getFirst()
                    .token();
            if (chat.get("top1_top2_gap").get(i).doubleValue() > 0.5) {
                assertEquals(generated.get(i), chosen, "token " + i + " after " + chat.get("user"));
                compared++;
            }
            position += input.size();
            input = TokenIds.of(generated.get(i)); // the reference's own token is fed in, so a near tie does no harm
        }
        return compared;
    }

    private static List<ScoredToken> scoreText(ExecutorUnderTest opened) {
        List<ScoredToken> scored = new ArrayList<>();
        try (ExecutorUnderTest executor = opened) {
            TokenIds text = ids(reference.at("/ppl/ids"));
            int chunk = 128;
            for (int from = 0; from < text.size(); from += chunk) {
                int to = Math.min(text.size(), from + chunk);
                ScoreSpec score = new ScoreSpec(text.slice(from + 1, Math.min(text.size(), to + 1)), 0);
                scored.addAll(
                        executor.step(text.slice(from, to), from, null, score).scored());
            }
        }
        return scored;
    }

    private static TokenIds ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).intValue();
        }
        return TokenIds.of(ids);
    }
}
