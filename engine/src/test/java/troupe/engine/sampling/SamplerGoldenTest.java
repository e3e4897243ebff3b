package troupe.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;

/**
 * The bits of draws and log-probabilities, pinned: replicas of one numerics id must agree on them. Whoever changes them
 * on purpose raises the arithmetic's version.
 */
class SamplerGoldenTest {
    @Test
    void shouldKeepTheBitsOfTokensAndLogprobs() {
        SplittableRandom random = new SplittableRandom(11);
        Sampler sampler = new Sampler(4_000, TokenIds.of(0));
        int bits = 1;
        for (int round = 0; round < 100; round++) {
            float[] logits = new float[4_000];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (random.nextInt(1 << 20) - (1 << 19)) * 0x1p-15f;
            }
            SpecBuilder spec = new SpecBuilder();
            spec.seed = round;
            spec.temperature = 0.5f + round * 0.01f;
            spec.topK = round % 3 == 0 ? 0 : 50 * round;
            spec.topP = round % 2 == 0 ? 1f : 0.9f;
            spec.minP = round % 5 == 0 ? 0.01f : 0f;
            spec.logprobs = 3;
            ScoredToken token = assertInstanceOf(SampleResult.Scored.class, sampler.sample(logits, spec.build()))
                    .token();
            bits = 31 * bits + token.token();
            bits = 31 * bits + Float.floatToIntBits(token.logprob());
            for (TokenLogprob top : token.top()) {
                bits = 31 * (31 * bits + top.token()) + Float.floatToIntBits(top.logprob());
            }
        }
        assertEquals(485873362, bits);
    }
}
