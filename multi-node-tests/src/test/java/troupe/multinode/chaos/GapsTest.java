package troupe.multinode.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GapsTest {
    private static final long SECOND = 1_000_000_000;

    private static Outcome stream(double... seconds) {
        List<Long> times =
                Arrays.stream(seconds).mapToObj(time -> (long) (time * SECOND)).toList();
        Question question = new Question("a stream", "/", "{}", true, true);
        return new Outcome(question, "", 0, times, times.getLast(), null, null, 0, 0);
    }

    private static Gaps gaps(List<Outcome> outcomes, double... faults) {
        return Gaps.of(
                outcomes,
                Arrays.stream(faults).mapToObj(time -> (long) (time * SECOND)).toList());
    }

    @Test
    void shouldFindTheLongestGapWhereverItIs() {
        assertEquals(
                4 * SECOND, gaps(List.of(stream(1, 2, 4), stream(10, 14, 15))).longestNanos());
    }

    @Test
    void shouldCountRecoveryFromTheFaultUntilTheLastStreamMoves() {
        Gaps gaps = gaps(List.of(stream(1, 2, 5), stream(1, 2.5, 3)), 2.25);
        assertEquals((long) (2.75 * SECOND), gaps.recoveryNanos());
        assertEquals(3 * SECOND, gaps.medianNanos());
    }

    @Test
    void shouldTakeAGapSoonAfterTheFaultForItsDoing() {
        // It goes on for a second while it dies.
        Gaps gaps = gaps(List.of(stream(1, 2, 3, 7)), 2);
        assertEquals(4 * SECOND, gaps.recoveryNanos());
    }

    @Test
    void shouldLeaveOutStreamsThatBeganLaterAndGapsLongAfter() {
        Gaps gaps = gaps(List.of(stream(3, 9), stream(1, 2, 3, 4, 5, 6, 16)), 1.5);
        assertEquals(SECOND, gaps.recoveryNanos());
        assertEquals(10 * SECOND, gaps.longestNanos());
    }

    @Test
    void shouldTakeTheMedianOverFaults() {
        List<Outcome> outcomes = List.of(stream(0, 1, 2), stream(10, 14), stream(20, 22.5));
        assertEquals((long) (2.5 * SECOND), gaps(outcomes, 0.5, 11, 21).medianNanos());
    }

    @Test
    void shouldFindTheGapOfOneStreamAroundAFault() {
        Outcome stream = stream(1, 2, 3, 6, 6.5);
        assertEquals(
                3 * SECOND,
                Gaps.around(stream, (long) (2.5 * SECOND)).orElseThrow().nanos());
        assertTrue(Gaps.around(stream, 7 * SECOND).isEmpty());
        assertTrue(Gaps.around(stream, SECOND / 2).isEmpty());
    }
}
