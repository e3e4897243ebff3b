package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import troupe.conf.KeyLimits;

class KeyLimiterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static Optional<KeyLimiter.Refusal> open(KeyLimiter limiter, long now) {
        return limiter.open(new KeyLimiter.Ticket(false), now);
    }

    @Test
    void shouldLetInAsManyAsMayBeOpenAndTheNextWhenOneEnds() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(2, 0, 0), 0);
        KeyLimiter.Ticket first = new KeyLimiter.Ticket(false);
        assertEquals(Optional.empty(), limiter.open(first, 0));
        assertEquals(Optional.empty(), open(limiter, 0));
        assertEquals(
                new KeyLimiter.Refusal("requests", "max-open-requests", 2, SECOND),
                open(limiter, 0).orElseThrow());
        assertTrue(limiter.close(first, 0, 0));
        assertFalse(limiter.close(first, 0, 0), "a second end is none");
        assertEquals(1, limiter.openRequests());
        assertEquals(Optional.empty(), open(limiter, 0));
    }

    @Test
    void shouldNotCountARequestThatItRefused() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(1, 0, 0), 0);
        open(limiter, 0);
        KeyLimiter.Ticket refused = new KeyLimiter.Ticket(false);
        limiter.open(refused, 0);
        assertFalse(limiter.close(refused, 0, 0));
        assertEquals(1, limiter.openRequests());
    }

    @Test
    void shouldLetInAMinutesRequestsAtOnceAndThenOneByOne() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 6, 0), 0);
        for (int i = 0; i < 6; i++) {
            assertEquals(Optional.empty(), open(limiter, 0));
        }
        KeyLimiter.Refusal refusal = open(limiter, 4 * SECOND).orElseThrow();
        assertEquals("requests-per-minute", refusal.limit());
        assertEquals(6, refusal.allowed());
        assertEquals(6 * SECOND, refusal.retryNanos());
        // What it said is true, and no less would have done.
        assertTrue(open(limiter, 10 * SECOND - 1).isPresent());
        assertEquals(Optional.empty(), open(limiter, 10 * SECOND));
        assertTrue(open(limiter, 10 * SECOND).isPresent());
    }

    @Test
    void shouldSetTokensAsideAndSettleThemByWhatWasTaken() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 0, 600), 0);
        KeyLimiter.Ticket first = new KeyLimiter.Ticket(false);
        KeyLimiter.Ticket second = new KeyLimiter.Ticket(false);
        limiter.open(first, 0);
        limiter.open(second, 0);
        assertEquals(Optional.empty(), limiter.reserve(first, 500, 0));
        assertEquals(
                new KeyLimiter.Refusal("tokens", "tokens-per-minute", 600, 10 * SECOND),
                limiter.reserve(second, 200, 0).orElseThrow());
        limiter.close(first, 50, 0);
        assertEquals(Optional.empty(), limiter.reserve(second, 550, 0));
        limiter.close(second, 600, 0);
        // 50 more than were set aside: a debt of 50, which fills up in 5 s.
        KeyLimiter.Ticket third = new KeyLimiter.Ticket(false);
        limiter.open(third, 0);
        assertEquals(6 * SECOND, limiter.reserve(third, 10, 0).orElseThrow().retryNanos());
    }

    @Test
    void shouldLetARequestThatIsLargerThanAMinuteWaitForAWholeMinutes() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 0, 100), 0);
        KeyLimiter.Ticket large = new KeyLimiter.Ticket(false);
        limiter.open(large, 0);
        assertEquals(Optional.empty(), limiter.reserve(large, 1_000_000, 0));
        limiter.close(large, 150, 0);
        KeyLimiter.Ticket again = new KeyLimiter.Ticket(false);
        limiter.open(again, 0);
        assertEquals(
                90 * SECOND, limiter.reserve(again, 1_000_000, 0).orElseThrow().retryNanos());
        assertEquals(Optional.empty(), limiter.reserve(again, 1_000_000, 90 * SECOND));
    }

    @Test
    void shouldHoldNoMoreThanAMinutes() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 2, 0), 0);
        long later = TimeUnit.DAYS.toNanos(1);
        open(limiter, later);
        open(limiter, later);
        assertTrue(open(limiter, later).isPresent());
    }

    @Test
    void shouldRememberWhatWasUsedWhenLimitsChange() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(1, 4, 0), 0);
        open(limiter, 0);
        limiter.limit(new KeyLimits(2, 1, 1), 0);
        assertEquals(Optional.empty(), open(limiter, 0));
        assertEquals("max-open-requests", open(limiter, 0).orElseThrow().limit());
        limiter.limit(KeyLimits.NONE, 0);
        assertEquals(Optional.empty(), open(limiter, 0));
        assertEquals(3, limiter.openRequests());
    }

    @Test
    void shouldNotCountWhatGoesOnWithAnAnswerTwice() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 2, 100), 0);
        open(limiter, 0);
        open(limiter, 0);
        KeyLimiter.Ticket again = new KeyLimiter.Ticket(true);
        assertEquals(Optional.empty(), limiter.open(again, 0), "nothing is left, but it goes on");
        assertEquals(Optional.empty(), limiter.reserve(again, 100, 0));
        limiter.goesOn(again, 0);
        limiter.goesOn(again, 0);
        assertTrue(limiter.close(again, 10, 0));
        assertEquals(30 * SECOND, open(limiter, 0).orElseThrow().retryNanos(), "one half of a minute for one of two");
        KeyLimiter.Ticket other = new KeyLimiter.Ticket(false);
        assertEquals(Optional.empty(), limiter.open(other, 30 * SECOND));
        assertEquals(Optional.empty(), limiter.reserve(other, 100, 30 * SECOND));
    }

    @Test
    void shouldTakeAClientsWordForAMinutesDebtAtMost() {
        KeyLimiter limiter = new KeyLimiter(new KeyLimits(0, 2, 0), 0);
        for (int i = 0; i < 4; i++) {
            assertEquals(Optional.empty(), limiter.open(new KeyLimiter.Ticket(true), 0));
        }
        assertEquals(
                30 * SECOND,
                limiter.open(new KeyLimiter.Ticket(true), 0).orElseThrow().retryNanos());
        assertEquals(90 * SECOND, open(limiter, 0).orElseThrow().retryNanos());
    }
}
