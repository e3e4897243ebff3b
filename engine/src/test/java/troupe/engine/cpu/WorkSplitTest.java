package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WorkSplitTest {
    @Test
    void shouldCoverEveryItemOnceInOrder() {
        for (int threads = 1; threads <= 9; threads++) {
            for (int items = 0; items <= 200; items++) {
                for (int tokens : new int[] {1, 64}) {
                    WorkSplit split = WorkSplit.ofProduct(items, tokens, threads);
                    assertEquals(0, split.begin(0));
                    for (int task = 0; task < split.tasks(); task++) {
                        assertTrue(split.begin(task) <= split.begin(task + 1));
                    }
                    assertEquals(items, split.begin(split.tasks()));
                }
            }
        }
    }

    @Test
    void shouldComputeHalfOfEveryThreadsShareFirstAndAnEighthLast() {
        WorkSplit split = WorkSplit.ofProduct(160, 64, 2);
        assertEquals(40, split.begin(1));
        assertEquals(80, split.begin(2));
        assertEquals(100, split.begin(3));
        assertEquals(150, split.begin(7));
    }

    @Test
    void shouldStreamLongRunsWhenTokensAreFew() {
        WorkSplit split = WorkSplit.ofProduct(160, 1, 2);
        assertEquals(4, split.tasks());
        assertEquals(70, split.begin(1));
        assertEquals(140, split.begin(2));
    }
}
