package troupe.multinode.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class InterTokenTimesTest {
    private static Outcome stream(Long... times) {
        Question question = new Question("a stream", "/", "{}", true, true);
        return new Outcome(question, "", 0, List.of(times), 0, null, null, 0, 0);
    }

    @Test
    void shouldCountTheTimesThatEndBetweenTheBounds() {
        InterTokenTimes times = InterTokenTimes.between(List.of(stream(0L, 10L, 30L, 60L), stream(5L, 31L)), 10, 31);
        assertEquals(3, times.count());
        assertEquals(10, times.percentileNanos(1));
        assertEquals(20, times.percentileNanos(50));
        assertEquals(26, times.longestNanos());
    }

    @Test
    void shouldGiveTheTimeThatOneInAHundredExceeds() {
        Long[] ends =
                LongStream.rangeClosed(0, 100).map(i -> i * (i + 1) / 2).boxed().toArray(Long[]::new);
        InterTokenTimes times = InterTokenTimes.of(List.of(stream(ends)));
        assertEquals(99, times.percentileNanos(99));
        assertEquals(100, times.longestNanos());
    }

    @Test
    void shouldBeNothingWhereThereAreNoTwoEvents() {
        InterTokenTimes times = InterTokenTimes.of(List.of(stream(), stream(7L)));
        assertEquals(0, times.count());
        assertEquals(0, times.percentileNanos(99));
    }

    @Test
    void shouldJoinParts() {
        InterTokenTimes one = InterTokenTimes.of(List.of(stream(0L, 3L)));
        InterTokenTimes other = InterTokenTimes.of(List.of(stream(0L, 1L, 3L)));
        InterTokenTimes all = InterTokenTimes.all(List.of(one, other));
        assertEquals(3, all.count());
        assertEquals(2, all.percentileNanos(50));
    }
}
