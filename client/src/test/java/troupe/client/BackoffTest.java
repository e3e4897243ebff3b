package troupe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void shouldDoubleUpToTheLongestAndBeginAgainAfterSuccess() {
        Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofMillis(300), new Random(1));
        long[] whole = {50, 100, 200, 300, 300};
        for (long millis : whole) {
            long pause = backoff.next().toNanos();
            assertTrue(pause >= millis * 500_000 && pause <= millis * 1_000_000, () -> pause + " of " + millis);
        }
        backoff.succeeded();
        assertTrue(backoff.next().toMillis() <= 50);
    }

    @Test
    void shouldStayAtTheLongestHoweverManyFail() {
        Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(1), new Random(1));
        for (int i = 0; i < 100; i++) {
            assertTrue(backoff.next().compareTo(Duration.ofSeconds(1)) <= 0);
        }
    }

    @Test
    void shouldTakeTheStatusForWhatItMeans() {
        assertEquals(Verdict.ANSWERED, Verdict.of(200));
        for (int status : new int[] {429, 502, 503}) {
            assertEquals(Verdict.LATER, Verdict.of(status));
        }
        for (int status : new int[] {400, 401, 404, 409, 500, 504}) {
            assertEquals(Verdict.FINAL, Verdict.of(status));
        }
    }
}
