package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessesTest {
    private static final WorkerId FIRST = new WorkerId("first", 1);
    private static final WorkerId SECOND = new WorkerId("second", 1);
    private static final WorkerId NEXT = new WorkerId("next", 1);

    private final Processes processes = new Processes();

    @Test
    void shouldKnowWhichWorkersALifeHadAfterTheNextHasBegun() {
        processes.up(FIRST, new ProcessId("n:1", 10, 77));
        processes.up(SECOND, new ProcessId("n:1", 10, 77));
        processes.up(NEXT, new ProcessId("n:1", 11, 78));
        assertEquals(List.of(FIRST, SECOND), processes.ofLife("n:1", 10));
        assertEquals(List.of(FIRST, SECOND), processes.ofPid("n:1", 77));
        assertEquals(List.of(NEXT), processes.ofPid("n:1", 78));
        assertEquals(List.of(), processes.ofLife("n:2", 10));
        assertEquals(List.of(), processes.ofPid("n:1", 79));
    }

    @Test
    void shouldTakeTheLastOfLivesWithOneNumber() {
        processes.up(FIRST, new ProcessId("n:1", 10, 7));
        processes.up(NEXT, new ProcessId("n:1", 11, 7));
        assertEquals(List.of(NEXT), processes.ofPid("n:1", 7));
    }

    @Test
    void shouldForgetTheOldestWorkers() {
        processes.up(FIRST, new ProcessId("n:1", 10, 7));
        for (int i = 0; i < Processes.MOST_WORKERS; i++) {
            processes.up(new WorkerId("w", i), new ProcessId("n:2", 1, 8));
        }
        assertEquals(List.of(), processes.ofLife("n:1", 10));
    }
}
