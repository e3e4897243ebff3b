package troupe.multinode.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How long streams stood still.
 *
 * @param longestNanos between two events of any stream
 * @param medianNanos over the faults: of the longest gap of a stream that was running, around the fault
 * @param recoveryNanos the longest time after a fault until every stream that was running had moved again
 */
public record Gaps(long longestNanos, long medianNanos, long recoveryNanos) {
    /** A gap that begins within this time after a fault comes from it: dying takes a moment. */
    private static final long WINDOW_NANOS = Duration.ofSeconds(3).toNanos();

    /** @param faults when they happened */
    static Gaps of(List<Outcome> outcomes, List<Long> faults) {
        long longest = 0;
        for (Outcome outcome : outcomes) {
            List<Long> times = outcome.eventNanos();
            for (int i = 1; i < times.size(); i++) {
                longest = Math.max(longest, times.get(i) - times.get(i - 1));
            }
        }
        List<Long> around = new ArrayList<>();
        long recovery = 0;
        for (long fault : faults) {
            long longestAround = 0;
            for (Outcome outcome : outcomes) {
                List<Long> times = outcome.eventNanos();
                for (int i = 1; i < times.size(); i++) {
                    long from = times.get(i - 1);
                    long to = times.get(i);
                    if (times.getFirst() - fault <= 0 && to - fault > 0 && from - fault < WINDOW_NANOS) {
                        longestAround = Math.max(longestAround, to - from);
                        recovery = Math.max(recovery, to - (from - fault > 0 ? from : fault));
                    }
                }
            }
            around.add(longestAround);
        }
        return new Gaps(longest, median(around), recovery);
    }

    private static long median(List<Long> values) {
        if (values.isEmpty()) {
            return 0;
        }
        Collections.sort(values);
        return values.get(values.size() / 2);
    }
}
