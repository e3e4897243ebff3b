package troupe.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TokenRateTest {
    private static final long SECOND = 1_000_000_000L;

    private final TokenRate rate = new TokenRate();

    @Test
    void shouldCountWholeSecondsOnly() {
        rate.add(3, 10 * SECOND);
        rate.add(4, 10 * SECOND + 999_999_999);
        rate.add(5, 11 * SECOND);

        assertArrayEquals(new long[] {0, 7}, rate.last(2, 11 * SECOND + 1));
        assertArrayEquals(new long[] {7, 5}, rate.last(2, 12 * SECOND));
        assertEquals(6, rate.perSecond(2, 12 * SECOND));
    }

    @Test
    void shouldForgetWhatIsOlderThanItsMemoryAndHoldNothingOfItInReusedSlots() {
        rate.add(3, 0);
        rate.add(9, 1 * SECOND);
        long later = (TokenRate.SECONDS + 1) * SECOND;

        long[] last = rate.last(TokenRate.SECONDS, later);
        assertEquals(9, last[0]);
        assertEquals(0, rate.perSecond(TokenRate.SECONDS, later + 100 * TokenRate.SECONDS * SECOND));
    }

    @Test
    void shouldTakeATimeThatIsALittleLateAndTimesBelowZero() {
        rate.add(1, -5 * SECOND);
        rate.add(2, -3 * SECOND);
        rate.add(4, -4 * SECOND);

        assertArrayEquals(new long[] {1, 4, 2}, rate.last(3, -2 * SECOND));
    }

    @Test
    void shouldRefuseMoreSecondsThanItHas() {
        assertThrows(IllegalArgumentException.class, () -> rate.last(TokenRate.SECONDS + 1, 0));
        assertThrows(IllegalArgumentException.class, () -> rate.perSecond(0, 0));
    }
}
