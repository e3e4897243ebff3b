package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class ProcessorTimeTest {
    private static final String MACHINE = """
            cpu  1000 20 300 4000 50 6 7 80 0 0
            cpu0 100 2 30 400 5 6 7 8 0 0
            cpu1 900 18 270 3600 45 0 0 72 0 0
            cpu2 1 1 1 1 1 1 1 1 0 0
            cpu10 5 0 0 95 0 0 0 0 0 0
            intr 1 2 3
            """;

    private static String status(String allowed) {
        return "Name:\tjava\nCpus_allowed:\t3\nCpus_allowed_list:\t" + allowed + "\nMems_allowed:\t1\n";
    }

    private static BitSet processors(int... numbers) {
        BitSet set = new BitSet();
        for (int number : numbers) {
            set.set(number);
        }
        return set;
    }

    private static String process(long user, long system) {
        return "42 (a (strange) name) S 1 42 42 0 -1 4194304 9 0 0 0 " + user + " " + system + " 700 800 20 0 9 0";
    }

    @Test
    void shouldCountTheAllowedProcessorsAndTheProcessItself() {
        assertEquals(
                new ProcessorTime(processors(0, 10), 558 + 100, 143 + 5, 12),
                ProcessorTime.of(MACHINE, status("0,10"), process(10, 2)));
        assertEquals(
                processors(0, 1, 2),
                ProcessorTime.of(MACHINE, status("0-2"), process(10, 2)).processors());
        assertEquals(
                processors(0, 1, 2, 10),
                ProcessorTime.of(MACHINE, status("0-31"), process(10, 2)).processors());
    }

    @Test
    void shouldTellOthersWorkFromItsOwn() {
        ProcessorTime earlier = new ProcessorTime(processors(0, 1), 1000, 500, 300);
        // Of 100 ticks on two processors others took 30 and this process 50.
        assertEquals(0.6, new ProcessorTime(processors(0, 1), 1100, 580, 350).foreignSince(earlier), 1e-9);
        assertEquals(
                0, new ProcessorTime(processors(0, 1), 1100, 540, 350).foreignSince(earlier), "counters are rounded");
        assertEquals(0, earlier.foreignSince(earlier), "no time has passed");
    }

    @Test
    void shouldReadThisMachineWhereItHasCounters() {
        ProcessorTime.now().ifPresent(now -> {
            assertTrue(!now.processors().isEmpty(), now::toString);
            assertEquals(0, now.foreignSince(now));
        });
    }
}
