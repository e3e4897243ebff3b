package troupe.bench.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class CpuTimeTest {
    @Test
    void shouldCountAllButIdleTimeAsBusyAndGuestsOnce() {
        String stat = "cpu  100 10 30 800 50 2 3 5 70 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        assertEquals(new CpuTime(150, 1000, 42), CpuTime.of(stat, 42));
    }

    @Test
    void shouldAddAProcessAndItsEndedChildrenWhateverItsName() {
        String stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 100 200 0 0 11 12 13 14 20 0 30 0 5000 1 2";
        assertEquals(50, CpuTime.processTicks(stat));
    }

    @Test
    void shouldGiveTheShareThatIsNotOurs() {
        CpuTime before = new CpuTime(100, 1000, 50);
        CpuTime after = new CpuTime(400, 2000, 250);
        assertEquals(0.1, after.foreignShareSince(before));
    }

    @Test
    void shouldTakeAFewTicksForRounding() {
        assertEquals(0, new CpuTime(3, 10, 0).foreignShareSince(new CpuTime(0, 0, 0)));
    }
}
