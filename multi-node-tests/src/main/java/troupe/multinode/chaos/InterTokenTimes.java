package troupe.multinode.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The times between the events of streams (ITL), nanoseconds. */
public final class InterTokenTimes {
    private final long[] sorted;

    private InterTokenTimes(LongStream nanos) {
        sorted = nanos.sorted().toArray();
    }

    /** Of whole streams. */
    static InterTokenTimes of(List<Outcome> outcomes) {
        return new InterTokenTimes(
                outcomes.stream().flatMapToLong(outcome -> between(outcome, Long.MIN_VALUE, Long.MAX_VALUE)));
    }

    /** Of what ended in a time; its bounds are of the clock of the outcomes. */
    public static InterTokenTimes between(List<Outcome> outcomes, long fromNanos, long toNanos) {
        return new InterTokenTimes(outcomes.stream().flatMapToLong(outcome -> between(outcome, fromNanos, toNanos)));
    }

    /** All of these. */
    public static InterTokenTimes all(List<InterTokenTimes> parts) {
        return new InterTokenTimes(parts.stream().flatMapToLong(part -> Arrays.stream(part.sorted)));
    }

    private static LongStream between(Outcome outcome, long fromNanos, long toNanos) {
        List<Long> times = outcome.eventNanos();
        return LongStream.range(1, times.size())
                .filter(i -> times.get((int) i) >= fromNanos && times.get((int) i) <= toNanos)
                .map(i -> times.get((int) i) - times.get((int) i - 1));
    }

    public int count() {
        return sorted.length;
    }

    /** 0 where there are none. */
    public long longestNanos() {
        return percentileNanos(100);
    }

    /** The least one that {@code percent} of all do not exceed; 0 where there are none. */
    public long percentileNanos(double percent) {
        return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(percent / 100 * sorted.length) - 1)];
    }
}
