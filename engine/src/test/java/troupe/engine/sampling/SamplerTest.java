package troupe.engine.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;

class SamplerTest {
    private static final int END = 5;
    private static final float[] LOGITS = {1f, 4f, 2f, 4f, 3f, 0f};

    private final Sampler sampler = new Sampler(6, TokenIds.of(END));
    private final SpecBuilder spec = new SpecBuilder();

    @Test
    void shouldTakeTheLowestOfTheGreatestLogitsWhenGreedy() {
        spec.temperature = 0;
        assertEquals(1, draw(LOGITS));
    }

    @Test
    void shouldLeaveTheLogitsAsTheyAre() {
        float[] logits = LOGITS.clone();
        spec.frequency = 1;
        spec.minTokens = 9;
        draw(logits);
        assertArrayEquals(LOGITS, logits);
    }

    @Test
    void shouldDivideOrMultiplyByTheRepetitionPenaltyForPromptAndOutput() {
        spec.temperature = 0;
        spec.repetition = 2;
        spec.prompt = TokenIds.of(1);
        spec.output = TokenIds.of(3);
        assertEquals(4, draw(LOGITS));
        assertEquals(0, draw(new float[] {-3f, -2f, -9f, -2f, -9f, -9f}));
    }

    @Test
    void shouldSubtractTheFrequencyPenaltyPerOccurrenceInTheOutputOnly() {
        spec.temperature = 0;
        spec.frequency = 0.6f;
        spec.prompt = TokenIds.of(1, 1, 1, 1);
        assertEquals(1, draw(LOGITS));
        spec.output = TokenIds.of(1);
        assertEquals(3, draw(LOGITS));
        spec.output = TokenIds.of(1, 3, 3);
        assertEquals(1, draw(LOGITS));
        spec.output = TokenIds.of(1, 1, 3, 3);
        assertEquals(4, draw(LOGITS));
    }

    @Test
    void shouldSubtractThePresencePenaltyOnce() {
        spec.temperature = 0;
        spec.presence = 0.9f;
        spec.output = TokenIds.of(1, 1, 1, 3, 3);
        assertEquals(1, draw(LOGITS));
        spec.presence = 1.1f;
        assertEquals(4, draw(LOGITS));
    }

    @Test
    void shouldForgetTheHistoryOfTheSequenceBefore() {
        spec.temperature = 0;
        spec.presence = 3;
        spec.output = TokenIds.of(1, 3, 4);
        assertEquals(2, draw(LOGITS));
        spec.output = TokenIds.of(0);
        assertEquals(1, draw(LOGITS));
    }

    @Test
    void shouldNotStopBeforeMinTokens() {
        spec.temperature = 0;
        spec.stop = TokenIds.of(1);
        spec.minTokens = 2;
        float[] logits = {0f, 2f, 1f, 0f, 0f, 3f};
        assertEquals(2, draw(logits));
        assertEquals(2, sampled(spec.after(1), logits));
        assertEquals(END, sampled(spec.after(2), logits));
    }

    @Test
    void shouldMaskEndOfSequenceBeforeMinTokensEvenWhenItIsIgnored() {
        spec.temperature = 0;
        spec.minTokens = 1;
        spec.ignoreEos = true;
        assertEquals(0, draw(new float[] {2f, 1f, 1f, 1f, 1f, 3f}));
    }

    @Test
    void shouldKeepExactlyTopKWithTiesToTheLowerId() {
        spec.topK = 1;
        assertEquals(Set.of(1), reachable(LOGITS));
        spec.topK = 3;
        assertEquals(Set.of(1, 3, 4), reachable(LOGITS));
    }

    @Test
    void shouldKeepTheSmallestSetThatReachesTopP() {
        float[] logits = probabilities(0.5, 0.2, 0.15, 0.1, 0.04, 0.01);
        spec.topP = 0.5f;
        assertEquals(Set.of(0), reachable(logits));
        spec.topP = 0.6f;
        assertEquals(Set.of(0, 1), reachable(logits));
        spec.topP = 0.84f;
        assertEquals(Set.of(0, 1, 2), reachable(logits));
        spec.topP = 1e-30f;
        assertEquals(Set.of(0), reachable(logits));
    }

    @Test
    void shouldMeasureTopPWithinWhatTopKKept() {
        float[] logits = probabilities(0.4, 0.4, 0.1, 0.06, 0.03, 0.01);
        spec.topP = 0.79f;
        assertEquals(Set.of(0, 1), reachable(logits));
        spec.topK = 3;
        assertEquals(Set.of(0, 1), reachable(logits));
        spec.topP = 0.41f;
        spec.topK = 2;
        assertEquals(Set.of(0), reachable(logits));
    }

    @Test
    void shouldDropWhatIsLessLikelyThanMinPOfTheLikeliest() {
        spec.minP = 0.35f;
        assertEquals(Set.of(0, 1), reachable(probabilities(0.5, 0.2, 0.15, 0.1, 0.04, 0.01)));
    }

    @Test
    void shouldApplyTemperatureBeforeMinPAndTopP() {
        float[] logits = probabilities(0.5, 0.2, 0.15, 0.1, 0.04, 0.01);
        spec.minP = 0.35f;
        spec.temperature = 2;
        assertEquals(Set.of(0, 1, 2, 3), reachable(logits));
        spec.temperature = 1e-6f;
        assertEquals(Set.of(0), reachable(logits));
    }

    @Test
    void shouldFollowTheDistribution() {
        double[] probabilities = {0.35, 0.25, 0.2, 0.1, 0.07, 0.03};
        float[] logits = probabilities(probabilities);
        int[] counts = new int[6];
        int draws = 20_000;
        for (int seed = 0; seed < draws; seed++) {
            spec.seed = seed;
            counts[draw(logits)]++;
        }
        double chiSquare = 0;
        for (int token = 0; token < 6; token++) {
            double expected = probabilities[token] * draws;
            chiSquare += (counts[token] - expected) * (counts[token] - expected) / expected;
        }
        assertTrue(chiSquare < 20.52, "chi-square with 5 degrees of freedom at 0.001: " + chiSquare);
    }

    @Test
    void shouldDrawTheSameTokenForTheSameSpecWhateverWasDrawnBefore() {
        SplittableRandom random = new SplittableRandom(3);
        Sampler fresh = new Sampler(300, TokenIds.of(0));
        Sampler used = new Sampler(300, TokenIds.of(0));
        for (int round = 0; round < 300; round++) {
            SpecBuilder one = randomSpec(random);
            float[] logits = randomLogits(random, 300);
            SampleResult expected = fresh.sample(logits, one.build());
            used.sample(randomLogits(random, 300), randomSpec(random).build());
            assertEquals(expected, used.sample(logits, one.build()));
        }
    }

    @Test
    void shouldAgreeWithAFullSort() {
        SplittableRandom random = new SplittableRandom(4);
        Sampler large = new Sampler(300, TokenIds.of(0));
        for (int round = 0; round < 500; round++) {
            SpecBuilder one = randomSpec(random);
            one.presence = 0;
            one.minTokens = 0;
            float[] logits = randomLogits(random, 300);
            Set<Integer> kept = keptBySorting(logits, one);
            for (int seed = 0; seed < 5; seed++) {
                one.seed = seed;
                int token = token(large.sample(logits, one.build()));
                assertTrue(kept.contains(token), () -> token + " is not among " + kept);
            }
        }
    }

    @Test
    void shouldDrawDifferentlyForOtherChoicesAndPositions() {
        float[] flat = new float[1_000];
        Sampler large = new Sampler(1_000, TokenIds.of(0));
        int first = token(large.sample(flat, spec.build()));
        spec.choice = 1;
        int otherChoice = token(large.sample(flat, spec.build()));
        int otherPosition = token(large.sample(flat, spec.after(1).build()));
        assertNotEquals(first, otherChoice);
        assertNotEquals(otherChoice, otherPosition);
    }

    @Test
    void shouldFailTheSequenceWhenALogitIsNotFinite() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] logits = LOGITS.clone();
            logits[2] = bad;
            SampleResult.Failed failed =
                    assertInstanceOf(SampleResult.Failed.class, sampler.sample(logits, spec.build()));
            assertEquals("the logit of token 2 is " + bad, failed.reason());
        }
    }

    @Test
    void shouldFailTheSequenceWhenNoTokenIsLeft() {
        spec.minTokens = 1;
        spec.stop = TokenIds.of(0, 1, 2, 3, 4);
        assertInstanceOf(SampleResult.Failed.class, sampler.sample(LOGITS, spec.build()));
    }

    @Test
    void shouldFailTheSequenceWhenAPenaltyOverflows() {
        spec.repetition = Float.MIN_NORMAL;
        spec.prompt = TokenIds.of(1);
        assertInstanceOf(SampleResult.Failed.class, sampler.sample(LOGITS, spec.build()));
    }

    @Test
    void shouldRefuseLogitsOfAnotherVocabulary() {
        assertThrows(IllegalArgumentException.class, () -> sampler.sample(new float[5], spec.build()));
    }

    @Test
    void shouldReportLogprobsOfTheUnmodifiedDistribution() {
        float[] logits = probabilities(0.5, 0.2, 0.15, 0.1, 0.04, 0.01);
        spec.temperature = 0;
        spec.presence = 5;
        spec.output = TokenIds.of(0);
        spec.logprobs = 2;
        ScoredToken token = scored(sampler.sample(logits, spec.build()));
        assertEquals(1, token.token());
        assertEquals(Math.log(0.2), token.logprob(), 1e-6);
        assertEquals(2, token.top().size());
        assertEquals(0, token.top().get(0).token());
        assertEquals(Math.log(0.5), token.top().get(0).logprob(), 1e-6);
        assertEquals(1, token.top().get(1).token());
    }

    @Test
    void shouldReportNoLogprobUnlessAskedFor() {
        ScoredToken token = scored(sampler.sample(LOGITS, spec.build()));
        assertTrue(Float.isNaN(token.logprob()));
        assertTrue(token.top().isEmpty());
    }

    private int draw(float[] logits) {
        return sampled(spec, logits);
    }

    private int sampled(SpecBuilder builder, float[] logits) {
        return token(sampler.sample(logits, builder.build()));
    }

    private static int token(SampleResult result) {
        return scored(result).token();
    }

    private static ScoredToken scored(SampleResult result) {
        return assertInstanceOf(SampleResult.Scored.class, result).token();
    }

    private Set<Integer> reachable(float[] logits) {
        Set<Integer> tokens = new TreeSet<>();
        for (int seed = 0; seed < 2_000; seed++) {
            spec.seed = seed;
            tokens.add(draw(logits));
        }
        return tokens;
    }

    private static float[] probabilities(double... values) {
        float[] logits = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            logits[i] = (float) Math.log(values[i]);
        }
        return logits;
    }

    private static float[] randomLogits(SplittableRandom random, int size) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = random.nextInt(-40, 40) / 4f;
        }
        return logits;
    }

    private static SpecBuilder randomSpec(SplittableRandom random) {
        SpecBuilder builder = new SpecBuilder();
        builder.temperature = random.nextInt(1, 20) / 10f;
        builder.topK = random.nextInt(3) == 0 ? 0 : random.nextInt(1, 320);
        builder.topP = random.nextInt(3) == 0 ? 1f : random.nextInt(1, 100) / 100f;
        builder.minP = random.nextInt(3) == 0 ? random.nextInt(100) / 1000f : 0;
        builder.presence = random.nextInt(3);
        builder.minTokens = random.nextInt(3);
        builder.seed = random.nextLong();
        builder.prompt = TokenIds.of(random.nextInt(300), random.nextInt(300));
        builder.output = TokenIds.of(random.nextInt(300));
        builder.logprobs = random.nextInt(4) - 1;
        return builder;
    }

    private static Set<Integer> keptBySorting(float[] logits, SpecBuilder spec) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            greatest = Math.max(greatest, logit);
        }
        double[] weights = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            double weight = Math.exp((logits[i] - greatest) / spec.temperature);
            weights[i] = weight < spec.minP ? 0 : weight;
        }
        Integer[] order = IntStream.range(0, logits.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparingInt(i -> i));
        int count = spec.topK == 0 ? logits.length : Math.min(spec.topK, logits.length);
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[order[i]];
        }
        Set<Integer> kept = new TreeSet<>();
        double mass = 0;
        for (int i = 0; i < count && (i == 0 || mass < spec.topP * total * (1 + 1e-5)); i++) {
            mass += weights[order[i]];
            kept.add(order[i]);
        }
        return kept;
    }
}
