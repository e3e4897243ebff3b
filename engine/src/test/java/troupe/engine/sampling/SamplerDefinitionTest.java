package troupe.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.executor.SampleSpec;
import troupe.kernels.Exp;

/** The sampler, which looks at few tokens, draws what its definition, which sorts and weighs all, gives. */
class SamplerDefinitionTest {
    private static final int[] SIZES = {1, 6, 127, 128, 129, 1_024, 1_025, 5_000};
    private static final float[] TEMPERATURES = {1e-6f, 0.01f, 0.1f, 0.7f, 1f, 1.5f, 20f};
    private static final float[] TOP_P = {1f, 0.999f, 0.95f, 0.5f, 1e-6f};
    private static final int[] TOP_K = {0, 0, 1, 3, 40, 130, 1_500};
    private static final float[] MIN_P = {0f, 0f, 1e-30f, 0.01f, 0.3f, 1f};

    @Test
    void shouldDrawWhatTheDefinitionGives() {
        SplittableRandom random = new SplittableRandom(21);
        for (int size : SIZES) {
            Sampler sampler = new Sampler(size, TokenIds.of(0));
            for (int round = 0; round < 300; round++) {
                float[] logits = logits(random, size, round % 5);
                SpecBuilder builder = new SpecBuilder();
                builder.temperature = TEMPERATURES[random.nextInt(TEMPERATURES.length)];
                builder.topK = TOP_K[random.nextInt(TOP_K.length)];
                builder.topP = TOP_P[random.nextInt(TOP_P.length)];
                builder.minP = MIN_P[random.nextInt(MIN_P.length)];
                builder.seed = random.nextLong();
                SampleSpec spec = builder.build();
                SampleResult.Scored drawn = assertInstanceOf(SampleResult.Scored.class, sampler.sample(logits, spec));
                assertEquals(defined(logits, spec), drawn.token().token(), () -> size + " tokens, " + spec.params());
            }
        }
    }

    private static float[] logits(SplittableRandom random, int size, int kind) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = switch (kind) {
                case 0 -> (float) random.nextGaussian() * 3;
                case 1 -> random.nextInt(-40, 40) / 4f; // many ties
                case 2 -> (float) random.nextGaussian() * 100;
                case 3 -> random.nextInt(50) == 0 ? 0f : -0f; // all equal
                default -> (float) (1e6 + random.nextInt(8)); // coarse beside the temperature
            };
        }
        return logits;
    }

    private static int defined(float[] logits, SampleSpec spec) {
        SamplingParams params = spec.params();
        Integer[] order = IntStream.range(0, logits.length).boxed().toArray(Integer[]::new);
        Arrays.sort(
                order,
                Comparator.<Integer>comparingDouble(i -> -(logits[i] + 0.0)).thenComparingInt(i -> i));
        float[] weights = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            float weight = Exp.exp((logits[i] - logits[order[0]]) / params.temperature());
            weights[i] = weight < params.minP() ? 0 : weight;
        }
        boolean[] kept = kept(weights, order, params);
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            total += kept[i] ? weights[i] : 0;
        }
        int position = spec.promptTokens() + spec.outputTokens();
        double target = total * Philox.uniform(spec.seed(), spec.choice(), position, Philox.Purpose.TOKEN);
        double cumulative = 0;
        int last = 0;
        for (int i = 0; i < logits.length && cumulative <= target; i++) {
            if (kept[i]) {
                cumulative += weights[i];
                last = i;
            }
        }
        return last;
    }

    private static boolean[] kept(float[] weights, Integer[] order, SamplingParams params) {
        boolean byCount = params.topK() > 0 && params.topK() < weights.length;
        int[] positive = Arrays.stream(order)
                .mapToInt(i -> i)
                .filter(i -> weights[i] > 0)
                .limit(byCount ? params.topK() : weights.length)
                .toArray();
        double total = 0;
        for (int token : byCount ? positive : IntStream.range(0, weights.length).toArray()) {
            total += weights[token]; // what top_k kept in order of likelihood, all tokens in order of the id
        }
        boolean[] kept = new boolean[weights.length];
        double mass = 0;
        for (int i = 0; i < positive.length; i++) {
            if (i == 0 || !(byCount || params.topP() < 1f) || mass < params.topP() * total) {
                mass += weights[positive[i]];
                kept[positive[i]] = true;
            }
        }
        return kept;
    }
}
