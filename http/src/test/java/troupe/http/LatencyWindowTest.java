package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LatencyWindowTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final LatencyWindow window = new LatencyWindow();

    @Test
    void shouldGiveThePercentilesOfTheLastMinuteToTwoDigits() {
        for (int i = 1; i <= 100; i++) {
            window.record(i * MILLI, 1, i * SECOND / 4);
        }
        LatencyWindow.Percentiles percentiles = window.lastMinute(26 * SECOND);
        assertEquals(100, percentiles.count());
        assertEquals(50, percentiles.p50(), 0.5);
        assertEquals(95, percentiles.p95(), 0.95);
        assertEquals(99, percentiles.p99(), 0.99);
    }

    @Test
    void shouldCountALatencyAsOftenAsItCame() {
        window.record(10 * MILLI, 99, SECOND);
        window.record(500 * MILLI, 1, SECOND);
        assertEquals(100, window.lastMinute(SECOND).count());
        assertEquals(10, window.lastMinute(SECOND).p95(), 0.1);
    }

    @Test
    void shouldForgetAfterAMinuteAndReuseSlotsEmpty() {
        window.record(10 * MILLI, 5, SECOND);
        assertEquals(5, window.lastMinute(59 * SECOND).count());
        assertEquals(0, window.lastMinute(61 * SECOND).count());

        long aRoundLater = SECOND + (LatencyWindow.SLOTS + 1) * LatencyWindow.SLOT_SECONDS * SECOND;
        window.record(20 * MILLI, 1, aRoundLater);
        assertEquals(1, window.lastMinute(aRoundLater).count());
    }

    @Test
    void shouldShowEachWholeSlotAndNothingWhereNothingCame() {
        window.record(10 * MILLI, 1, 2 * SECOND);
        window.record(30 * MILLI, 1, 12 * SECOND);

        List<LatencyWindow.@Nullable Percentiles> series = window.series(16 * SECOND);
        assertEquals(LatencyWindow.SLOTS, series.size());
        LatencyWindow.Percentiles last = assertNotNullSlot(series.get(LatencyWindow.SLOTS - 1));
        assertEquals(30, last.p50(), 0.3);
        assertNull(series.get(LatencyWindow.SLOTS - 2));
        assertEquals(10, assertNotNullSlot(series.get(LatencyWindow.SLOTS - 3)).p50(), 0.1);
    }

    @Test
    void shouldHoldWhatIsLongerThanAnHourAsAnHour() {
        window.record(Long.MAX_VALUE, 1, SECOND);
        window.record(-1, 1, SECOND);
        assertEquals(2, window.lastMinute(SECOND).count());
        assertEquals(3_600_000, window.lastMinute(SECOND).p99(), 36_000);
    }

    private static LatencyWindow.Percentiles assertNotNullSlot(LatencyWindow.@Nullable Percentiles slot) {
        assertNotNull(slot);
        return slot;
    }
}
