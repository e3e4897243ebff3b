package troupe.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;

class LogitsScorerTest {
    @Test
    void shouldGiveTheLogSoftmax() {
        SplittableRandom random = new SplittableRandom(1);
        float[] logits = new float[1_000];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextDouble(-20, 20);
            sum += Math.exp(logits[i]);
        }
        assertEquals(logits[17] - Math.log(sum), score(logits, 17, 0).logprob(), 1e-5);
    }

    @Test
    void shouldOrderTheLikeliestAndBreakTiesByTheLowerId() {
        ScoredToken token = score(new float[] {1f, 3f, 2f, 3f, 3f}, 0, 4);
        assertEquals(
                List.of(1, 3, 4, 2),
                token.top().stream().map(TokenLogprob::token).toList());
    }

    @Test
    void shouldGiveNoMoreThanTheVocabularyHas() {
        assertEquals(2, score(new float[] {1f, 2f}, 0, 20).top().size());
    }

    @Test
    void shouldNotOverflowForLargeLogits() {
        assertEquals(
                Math.log(0.5), score(new float[] {3e38f, 3e38f, -3e38f}, 1, 0).logprob(), 1e-6);
    }

    @Test
    void shouldFailForALogitThatIsNotFinite() {
        assertInstanceOf(SampleResult.Failed.class, new LogitsScorer(2).score(new float[] {1f, Float.NaN}, 0, 0));
    }

    private static ScoredToken score(float[] logits, int target, int top) {
        return assertInstanceOf(SampleResult.Scored.class, new LogitsScorer(logits.length).score(logits, target, top))
                .token();
    }
}
