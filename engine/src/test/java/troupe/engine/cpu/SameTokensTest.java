package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import troupe.conf.EngineSettings;
import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.DefaultModel;

/**
 * Same request, same tokens, to the bit of every log-probability: the claims of the project, each on the real model.
 * Requests are a greedy and two seeded ones, one of them with penalties; the baseline is each of them run alone.
 */
class SameTokensTest {
    private static final int TOKENS = 24;
    private static final SamplingParams GREEDY =
            new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, TOKENS, 0, true, TokenIds.EMPTY, 3, -1);
    private static final SamplingParams SEEDED =
            new SamplingParams(0.9f, 40, 0.95f, 0.01f, 1f, 0f, 0f, TOKENS, 0, true, TokenIds.EMPTY, 3, -1);
    private static final SamplingParams PENALIZED =
            new SamplingParams(1.2f, 0, 1f, 0f, 1.3f, 0.4f, 0.2f, TOKENS, 0, true, TokenIds.EMPTY, 3, -1);

    private static Model model;
    private static List<EngineRequest> requests;
    private static Map<AttemptKey, List<ScoredToken>> alone;

    @BeforeAll
    static void runEachAlone() throws IOException, InterruptedException {
        model = new ModelLoader(DefaultModel.cacheFolder()).load(DefaultModel.path());
        requests = List.of(
                request("greedy", prompt("Explain in plain words why the sky is blue. ", 6), GREEDY, 1),
                request("seeded", prompt("Write a story about a lighthouse keeper. ", 4), SEEDED, 7),
                request("penalized", prompt("List animals: cat, dog, ", 3), PENALIZED, 99));
        alone = new java.util.HashMap<>();
        for (EngineRequest request : requests) {
            try (EngineRun run = new EngineRun(model, settings(256, 64))) {
                alone.putAll(run.finish(List.of(request)));
            }
        }
    }

    @AfterAll
    static void closeModel() {
        model.close();
    }

    @Test
    void shouldGiveTheSameAmongSixteenOthers() throws InterruptedException {
        List<EngineRequest> crowd = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            TokenIds prompt = prompt("Some other question, number " + i + ", of its own length. ", 1 + i % 5);
            crowd.add(request("other-" + i, prompt, i % 2 == 0 ? GREEDY : SEEDED, i));
            if (i % 6 == 0) {
                crowd.add(requests.get(i / 6));
            }
        }
        try (EngineRun run = new EngineRun(model, settings(256, 64))) {
            assertSame(run.finish(crowd));
            assertTrue(run.mostRunning() >= 17, "only " + run.mostRunning() + " sequences ran at once");
        }
    }

    @Test
    void shouldGiveTheSameAtAnyChunkSize() throws InterruptedException {
        for (int budget : new int[] {1, 7, 16, 33, 64}) {
            try (EngineRun run = new EngineRun(model, settings(budget, 64))) {
                assertSame(run.finish(requests));
            }
        }
    }

    @Test
    void shouldGiveTheSameWithAColdAndAWarmPrefixCache() throws InterruptedException {
        try (EngineRun run = new EngineRun(model, settings(256, 64))) {
            assertSame(run.finish(requests));
            assertEquals(0, run.engine().stats().prefixHits());
            assertSame(run.finish(requests));
            assertTrue(run.engine().stats().prefixHits() >= 3 * 16, "the second round found nothing cached");
        }
    }

    @Test
    void shouldGiveTheSameAfterAPreemption() throws InterruptedException {
        EngineSettings tight = settings(256, blocksFor(requests) - 3);
        try (EngineRun run = new EngineRun(model, tight)) {
            assertSame(run.finish(requests));
            assertTrue(run.engine().stats().preemptions() > 0, "nothing was preempted");
        }
    }

    @Test
    void shouldGiveTheSameWhenResumedElsewhereAfterAnyToken() throws InterruptedException {
        for (int cut : new int[] {1, 9, TOKENS - 1}) {
            try (EngineRun run = new EngineRun(model, settings(256, 64))) {
                for (EngineRequest request : requests) {
                    List<ScoredToken> whole = alone.getOrDefault(request.key(), List.of());
                    EngineRequest rest = new EngineRequest(
                            request.key(),
                            request.prompt(),
                            ids(whole.subList(0, cut)),
                            request.sampling(),
                            request.seed(),
                            0,
                            Long.MAX_VALUE,
                            "",
                            Tenant.NONE);
                    assertEquals(
                            whole.subList(cut, TOKENS),
                            run.finish(List.of(rest)).get(request.key()));
                }
            }
        }
    }

    @Test
    void shouldDrawOtherTokensFromAnotherSeed() throws InterruptedException {
        EngineRequest seeded = requests.get(1);
        EngineRequest other = request("seeded", seeded.prompt(), SEEDED, seeded.seed() + 1);
        try (EngineRun run = new EngineRun(model, settings(256, 64))) {
            assertNotEquals(alone.get(seeded.key()), run.finish(List.of(other)).get(seeded.key()));
        }
    }

    /** Bit for bit: floats within the tokens are compared by their bits, as records do. */
    private static void assertSame(Map<AttemptKey, List<ScoredToken>> outputs) {
        for (EngineRequest request : requests) {
            assertEquals(alone.get(request.key()), outputs.get(request.key()), () -> "output of " + request.key());
        }
    }

    private static int blocksFor(List<EngineRequest> all) {
        int blocks = 0;
        for (EngineRequest request : all) {
            blocks += Math.ceilDiv(request.prompt().size() + TOKENS, 16);
        }
        return blocks;
    }

    private static EngineSettings settings(int stepTokens, int kvBlocks) {
        long blockBytes = 2L
                * Short.BYTES
                * 16
                * model.config().blockCount()
                * model.config().keyValueLength();
        return new EngineSettings(0, "auto", kvBlocks * blockBytes, "f16", stepTokens, 32, 64);
    }

    private static EngineRequest request(String name, TokenIds prompt, SamplingParams sampling, long seed) {
        AttemptKey key = new AttemptKey(name, 0, 0, 0);
        return new EngineRequest(key, prompt, TokenIds.EMPTY, sampling, seed, 0, Long.MAX_VALUE, "", Tenant.NONE);
    }

    private static TokenIds prompt(String text, int times) {
        return TokenIds.of(model.tokenizer().encode(text.repeat(times), false));
    }

    private static TokenIds ids(List<ScoredToken> tokens) {
        return TokenIds.of(tokens.stream().mapToInt(ScoredToken::token).toArray());
    }
}
