package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PrefixIndexTest {
    private static final int CHAINS = 12;
    private static final int DEPTH = 10;

    /** A plain model of the index: for each block, who holds it. */
    private final Map<Integer, Set<Integer>> model = new HashMap<>();

    @Test
    void shouldAnswerAsAMapOfSetsDoesThroughRandomEvents() {
        for (int seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            live(random, 1 + random.nextInt(8), CHAINS * DEPTH, 4_000, 40, "seed " + seed);
        }
    }

    @Test
    void shouldDoSoInACrowdedMapWhoseEntriesMoveWhileItIsSwept() {
        for (int seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            live(random, 3, 39, 4_000, 2, "seed " + seed);
        }
    }

    @Test
    void shouldDoSoWithSoManyWorkersThatSetsBecomeLarge() {
        for (int seed = 0; seed < 8; seed++) {
            live(new SplittableRandom(seed), 50 + 90 * seed, CHAINS * DEPTH, 40_000, 40, "seed " + seed);
        }
    }

    private void live(SplittableRandom random, int workers, int blocks, int events, int sweep, String message) {
        model.clear();
        PrefixIndex index = new PrefixIndex(1_000_000, random.nextLong());
        int clearings = random.nextInt(3) * 10;
        for (int event = 0; event < events; event++) {
            int worker = random.nextInt(workers);
            int block = random.nextInt(blocks);
            int dice = random.nextInt(1_000);
            if (dice < clearings) {
                index.clear(worker);
                model.values().forEach(holders -> holders.remove(worker));
            } else if (dice < 500) {
                assertEquals(holders(block).add(worker), index.stored(worker, high(block), low(block)), message);
            } else if (dice < 800) {
                assertEquals(holders(block).remove(worker), index.removed(worker, high(block), low(block)), message);
            } else {
                index.sweep(random.nextInt(sweep + 1));
            }
            if (event % 50 == 0) {
                compare(index, random, workers, message);
            }
        }
        index.sweep(10 * 1024);
        index.sweep(10 * 1024);
        assertEquals(model.values().stream().mapToInt(Set::size).sum(), index.entries(), message);
        compare(index, random, workers, message);
    }

    private void compare(PrefixIndex index, SplittableRandom random, int workers, String message) {
        int chain = random.nextInt(CHAINS);
        int count = random.nextInt(DEPTH + 1);
        PrefixMatches matches = index.find(hashes(chain), count, random.nextInt());
        Map<Integer, Integer> found = new HashMap<>();
        for (int i = 0; i < matches.size(); i++) {
            assertEquals(null, found.put(matches.worker(i), matches.length(i)), message);
        }
        Map<Integer, Integer> byLength = new HashMap<>();
        for (int worker = 0; worker < workers; worker++) {
            int length = 0;
            while (length < count && holders(chain * DEPTH + length).contains(worker)) {
                length++;
            }
            assertEquals(length, matches.lengthOf(worker), message);
            if (length > 0) {
                byLength.merge(length, 1, Integer::sum);
            }
            if (found.containsKey(worker)) {
                assertEquals(length, found.get(worker), message);
            }
            int block = random.nextInt(CHAINS * DEPTH);
            assertEquals(holders(block).contains(worker), index.holds(worker, high(block), low(block)), message);
        }
        byLength.forEach((length, all) -> {
            long given = found.values().stream().filter(length::equals).count();
            assertTrue(given == all || (given >= PrefixMatches.MANY && given < all), message);
        });
    }

    @Test
    void shouldAskForNoBlockBehindTheFirstThatNobodyHolds() {
        PrefixIndex index = new PrefixIndex(1_000, 1);
        for (int block = 0; block < 3; block++) {
            index.stored(0, high(block), low(block));
        }
        List<Integer> asked = new ArrayList<>();
        HashChain chain = new HashChain() {
            @Override
            public long high(int block) {
                asked.add(block);
                return PrefixIndexTest.high(block);
            }

            @Override
            public long low(int block) {
                return PrefixIndexTest.low(block);
            }
        };
        assertEquals(3, index.find(chain, DEPTH, 0).depth());
        assertEquals(List.of(0, 1, 2, 3), asked);
    }

    @Test
    void shouldForgetAWorkerAtOnceAndGiveItsNumberAgainOnlyAfterASweep() {
        PrefixIndex index = new PrefixIndex(1_000, 1);
        for (int block = 0; block < 100; block++) {
            index.stored(3, high(block), low(block));
            index.stored(4, high(block), low(block));
        }
        index.clear(3);
        assertFalse(index.holds(3, high(0), low(0)));
        assertEquals(1, index.find(hashes(0), DEPTH, 0).size());
        assertTrue(index.stored(3, high(5), low(5)));
        assertFalse(index.holds(3, high(6), low(6)));
        assertEquals(201, index.entries());
        index.sweep(Integer.MAX_VALUE);
        assertEquals(101, index.entries());
    }

    @Test
    void shouldRefuseWhatIsNewAtTheLimitAndKeepWhatCameFirst() {
        PrefixIndex index = new PrefixIndex(10, 1);
        for (int block = 0; block < 12; block++) {
            assertEquals(block < 10, index.stored(0, high(block), low(block)));
        }
        assertEquals(10, index.entries());
        assertEquals(2, index.refused());
        assertTrue(index.removed(0, high(4), low(4)));
        assertTrue(index.stored(1, high(11), low(11)));
        assertFalse(index.stored(1, high(10), low(10)));
        assertTrue(index.holds(0, high(0), low(0)));
    }

    @Test
    void shouldMakeRoomAtTheLimitByForgettingClearedWorkers() {
        PrefixIndex index = new PrefixIndex(100, 1);
        for (int life = 0; life < 50; life++) {
            int stored = 0;
            for (int i = 0; i < 1_000 && stored < 60; i++) {
                stored += index.stored(0, high(i % 120), low(i % 120)) ? 1 : 0;
            }
            assertEquals(60, stored, "life " + life);
            index.clear(0);
        }
    }

    @Test
    void shouldBearManyLivesOfOneWorker() {
        PrefixIndex index = new PrefixIndex(1_000_000, 1);
        for (int life = 0; life < 20_000; life++) {
            index.stored(0, high(life % 7), low(life % 7));
            index.clear(0);
        }
        assertTrue(index.entries() <= 4_100, index.entries() + " entries");
        assertTrue(index.bytes() < 1 << 20, index.bytes() + " bytes");
    }

    @Test
    void shouldGiveSomeOfVeryManyEqualHoldersAndOthersAtAnotherTurn() {
        PrefixIndex index = new PrefixIndex(1_000_000, 1);
        for (int worker = 0; worker < 1_000; worker++) {
            for (int block = 0; block < (worker == 500 ? 5 : 3); block++) {
                index.stored(worker, high(block), low(block));
            }
        }
        Set<Integer> seen = new HashSet<>();
        for (int turn = 0; turn < 16; turn++) {
            PrefixMatches matches = index.find(hashes(0), DEPTH, turn);
            assertTrue(matches.size() <= PrefixMatches.MANY + 1, matches.size() + " matches");
            boolean longest = false;
            for (int i = 0; i < matches.size(); i++) {
                seen.add(matches.worker(i));
                longest |= matches.worker(i) == 500 && matches.length(i) == 5;
            }
            assertTrue(longest, "the holder of most is always given");
        }
        assertTrue(seen.size() > 900, seen.size() + " workers");
    }

    @Test
    void shouldEndAPrefixAtAHole() {
        PrefixIndex index = new PrefixIndex(100, 1);
        for (int block : new int[] {0, 1, 3}) {
            index.stored(2, high(block), low(block));
        }
        PrefixMatches matches = index.find(hashes(0), DEPTH, 0);
        assertEquals(1, matches.size());
        assertEquals(2, matches.length(0));
    }

    @Test
    void shouldFindNothingForNoBlocks() {
        PrefixIndex index = new PrefixIndex(100, 1);
        index.stored(0, high(0), low(0));
        assertEquals(0, index.find(hashes(0), 0, 0).size());
        assertEquals(0, index.find(hashes(0), 0, 0).lengthOf(0));
    }

    @Test
    void shouldNameTheAllowedLimits() {
        assertThrows(IllegalArgumentException.class, () -> new PrefixIndex(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new PrefixIndex(PrefixIndex.MAX_ENTRIES + 1, 1));
    }

    private Set<Integer> holders(int block) {
        return model.computeIfAbsent(block, ignored -> new HashSet<>());
    }

    private static HashChain hashes(int chain) {
        return new HashChain() {
            @Override
            public long high(int block) {
                return PrefixIndexTest.high(chain * DEPTH + block);
            }

            @Override
            public long low(int block) {
                return PrefixIndexTest.low(chain * DEPTH + block);
            }
        };
    }

    /** Few different upper halves, so that it takes both halves to tell blocks apart. */
    private static long high(int block) {
        return block / 3;
    }

    private static long low(int block) {
        return block % 3 == 0 ? 0 : block;
    }
}
