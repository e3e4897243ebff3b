package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.cluster.routing.Demands.BLOCK_TOKENS;
import static troupe.cluster.routing.Demands.attempt;
import static troupe.cluster.routing.Demands.demand;
import static troupe.cluster.routing.Demands.info;
import static troupe.cluster.routing.Demands.prompt;
import static troupe.cluster.routing.Demands.stats;
import static troupe.cluster.routing.Demands.stored;
import static troupe.cluster.routing.Demands.worker;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector.Demand;
import troupe.actors.WorkerSelector.Selection;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.kv.KvChanges;

/** Workers prefill 1,000 tokens a second; a worker with a longer prefix may take a tenth and 5 ms longer. */
class PrefixSelectorTest {
    /** 20 blocks, and a token more. */
    private static final TokenIds PROMPT = prompt(0, 1, 20 * BLOCK_TOKENS + 1);

    private final PrefixSelector selector = selector(1);

    @Test
    void shouldGoWhereTheLongestPrefixIs() {
        up(3);
        selector.cached(worker(0), stored("n", PROMPT, 5));
        selector.cached(worker(1), stored("n", PROMPT, 10));
        Selection selection = select(0, PROMPT);
        assertEquals(worker(1), selection.worker());
        assertEquals(10 * BLOCK_TOKENS, selection.cachedTokens());
        assertEquals(0.001 * (10 * BLOCK_TOKENS + 1), selection.estimatedSeconds(), 1e-9);
        assertEquals("prefix", selection.policy());
    }

    @Test
    void shouldComputeAPrefixAgainWhereWaitingForItsHolderTakesLonger() {
        up(2);
        selector.cached(worker(0), stored("n", PROMPT, 10));
        selector.load(worker(0), stats(1, 1, 10 * BLOCK_TOKENS + 50));
        Selection selection = select(0, PROMPT);
        assertEquals(worker(1), selection.worker());
        assertEquals(0, selection.cachedTokens());
    }

    @Test
    void shouldPreferALongerPrefixWithinTheWindowOnly() {
        // The other takes 321 ms, so up to 358 ms are within the window; the holder has 161 ms of its own to compute.
        for (int queued : new int[] {190, 205}) {
            PrefixSelector each = selector(1);
            each.up(worker(0), info("n"));
            each.up(worker(1), info("n"));
            each.cached(worker(0), stored("n", PROMPT, 10));
            each.load(worker(0), stats(1, 1, queued));
            each.load(worker(1), stats(1, 0, 0));
            assertEquals(
                    worker(queued == 190 ? 0 : 1),
                    each.select(demand(0, PROMPT)).orElseThrow().worker(),
                    queued + " tokens queued");
        }
    }

    @Test
    void shouldSpreadABurstThatSharesNothing() {
        up(4);
        Set<WorkerId> chosen = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            chosen.add(select(i, prompt(0, i, 100)).worker());
        }
        assertEquals(4, chosen.size());
    }

    @Test
    void shouldCountAnAttemptOnceWhenReportsIncludeIt() {
        up(1);
        selector.load(worker(0), stats(3, 0, 0));
        select(0, prompt(0, 0, 100));
        selector.release(attempt(0));
        assertEquals(0.2, select(1, prompt(0, 1, 100)).estimatedSeconds(), 1e-9);
        selector.load(worker(0), stats(4, 1, 80));
        assertEquals(0.28, select(2, prompt(0, 2, 100)).estimatedSeconds(), 1e-9);
    }

    @Test
    void shouldExpectTheBlocksThatItsOwnDecisionWillCreate() {
        up(8);
        WorkerId first = select(0, PROMPT).worker();
        Selection second = select(1, PROMPT);
        assertEquals(first, second.worker());
        assertEquals(20 * BLOCK_TOKENS, second.cachedTokens());
    }

    @Test
    void shouldTakeAPredictionBackThatTheWorkerDoesNotConfirm() {
        up(1);
        selector.load(worker(0), stats(10, 0, 0));
        select(0, PROMPT);
        selector.release(attempt(0));
        selector.cached(worker(0), stored("n", PROMPT, 3));
        // 321 tokens take two steps of 256: twice that, 16 more, and the one that shows the attempt.
        int last = 10 + 1 + PrefixSelector.PATIENT_STEPS + PrefixSelector.PATIENCE * 2;
        selector.load(worker(0), stats(last - 1, 1, 0));
        assertEquals(20 * BLOCK_TOKENS, cached(PROMPT));
        selector.load(worker(0), stats(last, 1, 0));
        assertEquals(3 * BLOCK_TOKENS, cached(PROMPT));
    }

    @Test
    void shouldTakeAPredictionBackWhenTheAttemptIsSentElsewhere() {
        up(2);
        WorkerId first = select(0, PROMPT).worker();
        Selection again =
                selector.select(demand(0, PROMPT, null, Set.of(first))).orElseThrow();
        assertNotEquals(first, again.worker());
        assertEquals(0, again.cachedTokens());
        assertEquals(again.worker(), select(1, PROMPT).worker());
    }

    @Test
    void shouldKeepAPredictionWhenTheWorkerTellsAgainWhatItHolds() {
        up(1);
        selector.cached(worker(0), stored("n", PROMPT, 2));
        select(0, PROMPT);
        KvChanges.Log log = new KvChanges.Log();
        log.cleared();
        selector.cached(worker(0), log.take());
        selector.cached(worker(0), stored("n", PROMPT, 2));
        assertEquals(20 * BLOCK_TOKENS, cached(PROMPT));
    }

    @Test
    void shouldFollowPredictionsThatGoOnWithPredictions() {
        up(8);
        TokenIds longer = behind(PROMPT, 1, 100);
        TokenIds longest = behind(longer, 2, 100);
        WorkerId first = select(0, PROMPT).worker();
        assertEquals(first, select(1, longer).worker());
        Selection third = select(2, longest);
        assertEquals(first, third.worker());
        assertEquals(longer.size() / BLOCK_TOKENS * BLOCK_TOKENS, third.cachedTokens());
        // What goes another way than was predicted ends there.
        int home = Integer.parseInt(first.name().substring(1));
        assertEquals(20 * BLOCK_TOKENS, cachedAt(home, behind(PROMPT, 3, 100)));
    }

    @Test
    void shouldNotFollowAPredictionWhoseBeginningIsGone() {
        up(1);
        TokenIds longer = behind(PROMPT, 1, 100);
        select(0, PROMPT);
        select(1, longer);
        assertEquals(Optional.empty(), selector.select(demand(0, PROMPT, null, Set.of(worker(0)))));
        assertEquals(0, cached(longer));
    }

    @Test
    void shouldForgetThePredictionsOfALostWorker() {
        up(2);
        WorkerId first = select(0, PROMPT).worker();
        selector.release(attempt(0));
        selector.down(first);
        Selection second = select(1, PROMPT);
        assertNotEquals(first, second.worker());
        assertEquals(0, second.cachedTokens());
    }

    @Test
    void shouldForgetRemovedBlocks() {
        up(1);
        selector.cached(worker(0), stored("n", PROMPT, 10));
        KvChanges.Log log = new KvChanges.Log();
        KvChanges all = stored("n", PROMPT, 10);
        log.removed(all.high(7), all.low(7));
        selector.cached(worker(0), log.take());
        assertEquals(7 * BLOCK_TOKENS, cached(PROMPT));
    }

    @Test
    void shouldSpreadAPrefixThatRunsHot() {
        up(6);
        selector.cached(worker(0), stored("n", PROMPT, 20));
        Set<WorkerId> chosen = new HashSet<>();
        // Each has 200 tokens of its own behind the common 320: the first holder's queue soon costs more than computing
        // those again.
        for (int i = 0; i < 12; i++) {
            TokenIds tokens = behind(PROMPT, i, 200);
            chosen.add(select(i, tokens).worker());
        }
        assertTrue(chosen.size() >= 4, chosen.toString());
        int holders = 0;
        for (int i = 0; i < 6; i++) {
            holders += cachedAt(i, PROMPT) == 20 * BLOCK_TOKENS ? 1 : 0;
        }
        assertEquals(chosen.size(), holders, "whoever was chosen holds the prefix from then on");
    }

    @Test
    void shouldComputeAtLeastOneToken() {
        up(1);
        TokenIds tokens = prompt(0, 1, 4 * BLOCK_TOKENS);
        selector.cached(worker(0), stored("n", tokens, 4));
        assertEquals(3 * BLOCK_TOKENS, select(0, tokens).cachedTokens());
        assertEquals(0, select(1, TokenIds.of(1)).cachedTokens());
    }

    @Test
    void shouldShareNothingBetweenSalts() {
        up(1);
        select(0, PROMPT);
        Demand other = new Demand(attempt(1), "m", PROMPT, "another", null, Set.of());
        assertEquals(0, selector.select(other).orElseThrow().cachedTokens());
        assertEquals(20 * BLOCK_TOKENS, cached(PROMPT));
    }

    @Test
    void shouldKeepToANumericsIdAndChooseAmongAllWithoutOne() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("other"));
        selector.load(worker(0), stats(1, 1, 4_000));
        assertEquals(
                worker(0),
                selector.select(demand(0, PROMPT, "n", Set.of())).orElseThrow().worker());
        assertEquals(worker(1), select(1, PROMPT).worker());
        assertEquals(Optional.empty(), selector.select(demand(2, PROMPT, "n", Set.of(worker(0)))));
        assertEquals(Optional.empty(), selector.select(demand(3, PROMPT, "third", Set.of())));
    }

    @Test
    void shouldNotTakeTheWordOfAWorkerForBlocksThatItCannotUse() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("other"));
        selector.cached(worker(1), stored("n", PROMPT, 20));
        Selection selection = selector.select(demand(0, PROMPT, "n", Set.of())).orElseThrow();
        assertEquals(worker(0), selection.worker());
        assertEquals(0, selection.cachedTokens());
    }

    @Test
    void shouldPassAllAvoidedWorkersByHoweverManyTheyAre() {
        up(40);
        Set<WorkerId> avoided = new HashSet<>();
        for (int i = 0; i < 39; i++) {
            avoided.add(worker(i));
        }
        assertEquals(
                worker(39),
                selector.select(demand(0, PROMPT, null, avoided)).orElseThrow().worker());
    }

    @Test
    void shouldForgetALostWorkerAndGiveItsNextLifeNothing() {
        up(2);
        selector.cached(worker(0), stored("n", PROMPT, 10));
        select(0, prompt(0, 5, 5_000));
        selector.down(worker(0));
        assertEquals(worker(1), select(1, PROMPT).worker());
        selector.up(worker(0), info("n"));
        Selection selection = select(2, prompt(0, 6, 100));
        assertEquals(worker(0), selection.worker());
        assertEquals(0.1, selection.estimatedSeconds(), 1e-9);
        selector.down(worker(0));
        selector.down(worker(1));
        selector.down(worker(1));
        assertEquals(Optional.empty(), selector.select(demand(3, PROMPT)));
    }

    @Test
    void shouldGiveAFullWorkerOnlyWhatHasBegun() {
        selector.up(worker(0), info("n"), 2);
        selector.up(worker(1), info("n"), 3);
        selector.cached(worker(0), stored("n", PROMPT, 10));
        selector.load(worker(0), stats(1, 2, 0));
        selector.load(worker(1), stats(1, 2, 0));
        assertTrue(selector.hasRoom("m"));
        assertEquals(worker(1), select(0, PROMPT).worker());
        assertFalse(selector.hasRoom("m"));
        assertEquals(Optional.empty(), selector.select(demand(1, PROMPT)));
        assertEquals(
                worker(0),
                selector.select(demand(2, PROMPT, "n", Set.of())).orElseThrow().worker());
        selector.load(worker(1), stats(2, 2, 0));
        assertFalse(selector.hasRoom("m"), "its reservation is not in the report");
        selector.arrived(attempt(0));
        assertTrue(selector.hasRoom("m"));
        selector.down(worker(1));
        assertFalse(selector.hasRoom("m"));
        assertFalse(selector.hasRoom("other"));
    }

    @Test
    void shouldFindTheOneWithRoomAmongMany() {
        for (int i = 0; i < 40; i++) {
            selector.up(worker(i), info("n"), 4);
            // The one with room has more to prefill than all others.
            selector.load(worker(i), i == 17 ? stats(1, 3, 5_000) : stats(1, 4, 10));
        }
        assertEquals(worker(17), select(0, PROMPT).worker());
    }

    @Test
    void shouldPreferTheFasterWorkerAndTakeOneWithoutMeasurementForAsFastAsTheOthers() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("n"));
        selector.up(worker(2), info("n"));
        selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(0, 0.004, 0)));
        selector.load(worker(1), stats(1, 0, 0, new EngineSpeed(0, 0.001, 0)));
        selector.load(worker(2), stats(1, 0, 0, null));
        assertEquals(worker(1), select(0, prompt(0, 0, 100)).worker());
        Selection second = select(1, prompt(0, 1, 100));
        assertEquals(worker(1), second.worker());
        Selection third = select(2, prompt(0, 2, 100));
        assertEquals(worker(2), third.worker());
        assertEquals(0.25, third.estimatedSeconds(), 1e-9);
    }

    @Test
    void shouldAskAWorkerAgainThatOnceMeasuredItselfSlow() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("n"));
        selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(0, 0.004, 0)));
        for (int report = 1; report < RoutedWorker.OLD_AFTER_REPORTS; report++) {
            // One works all the time, the other one has nothing to do.
            selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(0, 0.004, 0)));
            selector.load(worker(1), stats(report, 1, 200));
        }
        assertEquals(worker(1), select(0, prompt(0, 0, 100)).worker());
        selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(0, 0.004, 0)));
        Selection asked = select(1, prompt(0, 1, 100));
        assertEquals(worker(0), asked.worker());
        assertEquals(0.1, asked.estimatedSeconds(), 1e-9);
        selector.load(worker(0), stats(2, 0, 0, new EngineSpeed(0, 0.003, 0)));
        assertEquals(worker(1), select(2, prompt(0, 2, 10)).worker());
    }

    @Test
    void shouldGoByOldMeasurementsAndTheirMeanWhereThereAreNoOthers() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("n"));
        selector.up(worker(2), info("n"));
        for (int report = 0; report <= RoutedWorker.OLD_AFTER_REPORTS; report++) {
            selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(0, 0.001, 0)));
            selector.load(worker(1), stats(1, 0, 0, new EngineSpeed(0, 0.003, 0)));
        }
        // The last one that measured anything took 3 ms.
        assertEquals(0.2, estimate(0), 1e-9);
        assertEquals(0.3, estimate(1), 1e-9);
        assertEquals(0.3, estimate(2), 1e-9, "one that never did is not taken for faster than all that did");
        assertEquals(worker(0), select(0, prompt(0, 0, 100)).worker());
    }

    /** Seconds for 100 tokens at one of three workers. */
    private double estimate(int worker) {
        Set<WorkerId> others = new HashSet<>(Set.of(worker(0), worker(1), worker(2)));
        others.remove(worker(worker));
        Demand demand = demand(0, prompt(0, 0, 100), null, others);
        double seconds = selector.select(demand).orElseThrow().estimatedSeconds();
        selector.release(demand.attempt());
        return seconds;
    }

    @Test
    void shouldNotBeMisledByAnAbsurdMeasurement() {
        selector.up(worker(0), info("n"));
        selector.up(worker(1), info("n"));
        selector.up(worker(2), info("n"));
        selector.load(worker(0), stats(1, 0, 0, new EngineSpeed(Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE)));
        selector.load(worker(1), stats(1, 0, 0));
        selector.load(worker(2), stats(1, 0, 0, null));
        assertEquals(0.1, estimate(2), 1e-9);
    }

    @Test
    void shouldBreakTiesByChanceAndTheSameOnesByTheSameSeed() {
        Set<WorkerId> chosen = new HashSet<>();
        for (int seed = 0; seed < 100; seed++) {
            List<WorkerId> twice = new ArrayList<>();
            for (int run = 0; run < 2; run++) {
                PrefixSelector each = selector(seed);
                for (int i = 0; i < 16; i++) {
                    each.up(worker(i), info("n"));
                }
                twice.add(each.select(demand(0, PROMPT)).orElseThrow().worker());
            }
            assertEquals(twice.getFirst(), twice.getLast());
            chosen.add(twice.getFirst());
        }
        assertEquals(16, chosen.size());
    }

    @Test
    void shouldSelectForWhatHasNoFullBlock() {
        up(1);
        assertEquals(worker(0), select(0, TokenIds.of(1, 2)).worker());
        assertEquals(worker(0), select(1, TokenIds.EMPTY).worker());
    }

    @Test
    void shouldSpreadSequencesThatGoOnOverGatewaysThatKnowNothingOfEachOther() {
        List<WorkerId> chosen = new ArrayList<>();
        for (int rank = 0; rank < 4; rank++) {
            PrefixSelector gateway = selector(rank, rank);
            for (int i = 0; i < 2; i++) {
                gateway.up(worker(i), info("n"));
                // One has less to do: it is where all would go who take the best.
                gateway.load(worker(i), stats(0, 4, 200L * i));
            }
            for (int i = 0; i < 2; i++) {
                Demand demand = demand(i, prompt(0, 10 * rank + i, 500), "n", Set.of());
                chosen.add(gateway.select(demand).orElseThrow().worker());
            }
        }
        WorkerId one = worker(0);
        WorkerId other = worker(1);
        assertEquals(List.of(one, other, other, one, one, other, other, one), chosen);
    }

    private int cached(TokenIds tokens) {
        return cachedAt(0, tokens);
    }

    /** What a worker is thought to have cached. */
    private int cachedAt(int worker, TokenIds tokens) {
        Set<WorkerId> others = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            others.add(worker(i));
        }
        Set<WorkerId> all = Set.copyOf(others);
        others.remove(worker(worker));
        Selection selection = selector.select(demand(-1, tokens, null, others)).orElseThrow();
        // Chosen for anew, and given to nobody: the attempt leaves no trace.
        assertEquals(Optional.empty(), selector.select(demand(-1, tokens, null, all)));
        return selection.cachedTokens();
    }

    private static TokenIds behind(TokenIds prefix, int family, int more) {
        int[] ids = new int[prefix.size() + more];
        prefix.copyTo(ids, 0);
        prompt(0, 50 + family, more).copyTo(ids, prefix.size());
        return TokenIds.of(ids);
    }

    private Selection select(int attempt, TokenIds tokens) {
        return selector.select(demand(attempt, tokens)).orElseThrow();
    }

    private void up(int workers) {
        for (int i = 0; i < workers; i++) {
            selector.up(worker(i), info("n"));
            selector.load(worker(i), stats(0, 0, 0));
        }
    }

    private static PrefixSelector selector(int seed) {
        return selector(seed, 0);
    }

    private static PrefixSelector selector(int seed, int rank) {
        return new PrefixSelector(
                new PrefixWindow(0.1, 0.005), 100_000, Demands.STEP_TOKENS, new SplittableRandom(seed), () -> rank);
    }
}
