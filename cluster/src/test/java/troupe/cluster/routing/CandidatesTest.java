package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CandidatesTest {
    private static final double DRAWS = 30_000;

    private final Candidates candidates = new Candidates();
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void shouldTakeTheBetterOfTwoDrawnAmongEquallyLongPrefixes() {
        add(16, 1.00);
        add(16, 1.02);
        add(16, 1.01);
        add(16, 2.00);
        add(0, 1.00);
        int[] chosen = new int[5];
        for (int i = 0; i < DRAWS; i++) {
            chosen[candidates.choose(0.1, 0, random)]++;
        }
        // Of the three pairs the first candidate wins two, the third one, the second none.
        assertEquals(2 * DRAWS / 3, chosen[0], DRAWS / 50);
        assertEquals(DRAWS / 3, chosen[2], DRAWS / 50);
        assertEquals(DRAWS, chosen[0] + chosen[2]);
    }

    @Test
    void shouldSpreadEvenlyAmongEquals() {
        int[] chosen = new int[100];
        for (int i = 0; i < chosen.length; i++) {
            add(0, 0.5);
        }
        for (int i = 0; i < DRAWS; i++) {
            chosen[candidates.choose(0, 0, random)]++;
        }
        for (int count : chosen) {
            assertEquals(DRAWS / chosen.length, count, 100);
        }
    }

    @Test
    void shouldTakeTheLongestWithinTheWindowOfTheLeast() {
        add(0, 1.0);
        add(64, 1.15);
        add(32, 1.1);
        assertEquals(0, candidates.choose(0, 0, random));
        assertEquals(2, candidates.choose(0.05, 0.05, random));
        assertEquals(1, candidates.choose(0.2, 0, random));
        assertEquals(1, candidates.choose(0, 0.2, random));
    }

    @Test
    void shouldChooseNoneAmongNone() {
        assertEquals(-1, candidates.choose(1, 1, random));
        add(0, 1);
        candidates.clear();
        assertEquals(-1, candidates.choose(1, 1, random));
    }

    @Test
    void shouldTakeAnotherOfTheEqualsForEachRankWhateverTheirOrderAndEstimates() {
        add(2, 16, 1.02);
        add(3, 16, 1.3);
        add(0, 0, 1.00);
        add(1, 16, 1.05);
        for (int rank = 0; rank < 6; rank += 2) {
            assertEquals(3, candidates.chooseByRank(0.1, 0, rank));
            assertEquals(0, candidates.chooseByRank(0.1, 0, rank + 1));
        }
        candidates.clear();
        assertEquals(-1, candidates.chooseByRank(0.1, 0, 1));
    }

    private void add(int cachedTokens, double seconds) {
        add(0, cachedTokens, seconds);
    }

    private void add(int worker, int cachedTokens, double seconds) {
        WorkerGroup group = new WorkerGroup(WorkerGroup.Key.of(Demands.info("n")));
        candidates.add(new RoutedWorker(Demands.worker(worker), 0, group, Integer.MAX_VALUE), cachedTokens, seconds);
    }
}
