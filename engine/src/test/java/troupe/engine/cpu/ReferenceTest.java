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
import troupe.kernels.KvLayout;

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
        double expected = reference.at("/ppl/total_nll").doubleValue();
        double total = negativeLogLikelihood(ExecutorUnderTest.open(false));
        assertEquals(expected, total, 2.5, "negative log-likelihood, nats");
    }

    @Test
    void shouldGiveTheTextsLikelihoodWithInt8KeysAndValuesToo() {
        double expected = reference.at("/ppl/total_nll").doubleValue();
        double total = negativeLogLikelihood(ExecutorUnderTest.withKvType("q8"));
        assertEquals(expected, total, 2.5, "negative log-likelihood, nats");
    }

    @Test
    void shouldHoldMoreTokensWithInt8KeysAndValues() {
        try (ExecutorUnderTest halves = ExecutorUnderTest.withKvType("f16");
                ExecutorUnderTest bytes = ExecutorUnderTest.withKvType("q8")) {
            // A head of 64 dimensions takes 68 bytes instead of 128; what is left of the last block is lost.
            long expected = halves.executor().memory().kvTokens() * 128 / 68;
            long tokens = bytes.executor().memory().kvTokens();
            assertTrue(Math.abs(tokens - expected) <= 2 * KvLayout.BLOCK_TOKENS, tokens + " tokens, not " + expected);
        }
    }

    private static double negativeLogLikelihood(ExecutorUnderTest executor) {
        double total = 0;
        for (ScoredToken token : scoreText(executor)) {
            total -= token.logprob();
        }
        return total;
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
