package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WorkSplitTest {
    @Test
    void shouldCoverEveryShareByItsOwnTasksInOrder() {
        for (int threads = 1; threads <= 9; threads++) {
            for (int items = 0; items <= 200; items++) {
                for (int tokens : new int[] {1, 64}) {
                    WorkSplit split = WorkSplit.ofProduct(items, tokens, threads);
                    int next = 0;
                    for (int thread = 0; thread < threads; thread++) {
                        assertEquals(next, split.shareBegin(thread));
                        for (int task = thread; task < split.tasks(); task += threads) {
                            assertEquals(next, split.begin(task));
                            assertTrue(next <= split.end(task));
                            next = split.end(task);
                        }
                    }
                    assertEquals(items, next);
                    assertEquals(items, split.shareBegin(threads));
                }
            }
        }
    }

    @Test
    void shouldComputeHalfOfEveryThreadsShareFirstAndAnEighthLast() {
        WorkSplit split = WorkSplit.ofProduct(160, 64, 2);
        assertEquals(40, split.end(0));
        assertEquals(80, split.begin(1));
        assertEquals(60, split.end(2));
        assertEquals(150, split.begin(7));
        assertEquals(160, split.end(7));
    }

    @Test
    void shouldKeepPairsOfItemsTogetherWithinAShare() {
        WorkSplit split = WorkSplit.ofProduct(36, 64, 2);
        assertEquals(8, split.end(0));
        assertEquals(26, split.end(1));
        assertEquals(12, split.end(2));
        assertEquals(14, split.end(4));
        assertEquals(18, split.end(6));
        assertEquals(36, split.end(7));
    }

    @Test
    void shouldStreamLongRunsWhenTokensAreFew() {
        WorkSplit split = WorkSplit.ofProduct(160, 1, 2);
        assertEquals(4, split.tasks());
        assertEquals(70, split.end(0));
        assertEquals(80, split.begin(1));
        assertEquals(70, split.begin(2));
        assertEquals(4, WorkSplit.ofProduct(160, 63, 2).tasks());
        assertEquals(8, WorkSplit.ofProduct(160, 64, 2).tasks());
    }
}
