package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RestartPolicyTest {
    private static final long SECOND = 1_000_000_000L;

    private final RestartPolicy policy =
            new RestartPolicy(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(60));

    private long waitAfterALifeOf(long nanos, long start) {
        policy.started(start);
        return policy.ended(start + nanos);
    }

    @Test
    void shouldDoubleTheWaitUpToItsLimit() {
        long[] waits = new long[5];
        for (int i = 0; i < waits.length; i++) {
            waits[i] = waitAfterALifeOf(SECOND, i * 100L * SECOND) / SECOND;
        }
        assertArrayEquals(new long[] {1, 2, 4, 5, 5}, waits);
    }

    @Test
    void shouldForgiveWhatWasBeforeAStableLife() {
        waitAfterALifeOf(SECOND, 0);
        waitAfterALifeOf(SECOND, 0);
        assertEquals(4 * SECOND, waitAfterALifeOf(60 * SECOND - 1, 0));
        assertEquals(SECOND, waitAfterALifeOf(60 * SECOND, 0));
        assertEquals(2 * SECOND, waitAfterALifeOf(SECOND, 0));
    }

    @Test
    void shouldWorkOnAClockThatIsNegative() {
        assertEquals(SECOND, waitAfterALifeOf(SECOND, Long.MIN_VALUE / 2));
    }

    @Test
    void shouldRefuseWaitsThatCannotBe() {
        assertThrows(
                IllegalArgumentException.class, () -> new RestartPolicy(Duration.ZERO, Duration.ZERO, Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class,
                () -> new RestartPolicy(Duration.ofSeconds(2), Duration.ofSeconds(1), Duration.ZERO));
    }
}
