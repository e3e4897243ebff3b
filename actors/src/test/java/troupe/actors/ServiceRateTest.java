package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ServiceRateTest {
    private static final long SECOND = 1_000_000_000;

    private final ServiceRate rate = new ServiceRate();

    @Test
    void shouldTellNothingBeforeSomethingHasWaited() {
        rate.took(1_000, 0);
        rate.took(1_000, 10 * SECOND);
        assertEquals(0, rate.secondsFor(500, 20 * SECOND));
    }

    @Test
    void shouldReckonByWhatWentThroughWhileOthersWaited() {
        // An hour without a queue says nothing of how fast one would move.
        rate.backlogged(false, 0);
        rate.backlogged(true, 3_600 * SECOND);
        for (int i = 1; i <= 10; i++) {
            rate.took(50, (3_600 + i) * SECOND);
        }
        assertEquals(4, rate.secondsFor(200, 3_610 * SECOND), 0.7);
    }

    @Test
    void shouldFollowAChangeAndGrowWhileNothingMoves() {
        rate.backlogged(true, 0);
        for (int i = 1; i <= 600; i++) {
            rate.took(100, i * SECOND);
        }
        assertEquals(1, rate.secondsFor(100, 600 * SECOND), 0.05);
        for (int i = 601; i <= 900; i++) {
            rate.took(10, i * SECOND);
        }
        assertEquals(10, rate.secondsFor(100, 900 * SECOND), 0.5);
        assertEquals(true, rate.secondsFor(100, 1_000 * SECOND) > 20);
    }
}
