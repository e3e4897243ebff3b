package troupe.multinode.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How long streams stood still.
 *
 * @param longestNanos between two events of any stream
 * @param medianNanos over the faults: of the longest gap of a stream that was running, around the fault
 * @param recoveryNanos the longest time after a fault until every stream that was running had moved again
 * @param interTokenP99Nanos between two events of a stream, exceeded by one of a hundred
 */
public record Gaps(long longestNanos, long medianNanos, long recoveryNanos, long interTokenP99Nanos) {
    /** A gap that begins within this time after a fault comes from it: dying takes a moment. */
    private static final long WINDOW_NANOS = Duration.ofSeconds(3).toNanos();

    /** @param faults when they happened */
    static Gaps of(List<Outcome> outcomes, List<Long> faults) {
        InterTokenTimes all = InterTokenTimes.of(outcomes);
        List<Long> around = new ArrayList<>();
        long recovery = 0;
        for (long fault : faults) {
            long longestAround = 0;
            for (Outcome outcome : outcomes) {
                Optional<Gap> gap = around(outcome, fault);
                if (gap.isPresent()) {
                    longestAround = Math.max(longestAround, gap.get().nanos());
                    recovery = Math.max(recovery, recovery(outcome, fault));
                }
            }
            around.add(longestAround);
        }
        return new Gaps(all.longestNanos(), median(around), recovery, all.percentileNanos(99));
    }

    /** A time without events of a stream. */
    public record Gap(long fromNanos, long toNanos) {
        public long nanos() {
            return toNanos - fromNanos;
        }
    }

    /** The longest gap of a stream that ends after the fault and begins soon after it at the latest. */
    public static Optional<Gap> around(Outcome outcome, long fault) {
        return gapsAround(outcome, fault).stream().max(Comparator.comparingLong(Gap::nanos));
    }

    private static long recovery(Outcome outcome, long fault) {
        return gapsAround(outcome, fault).stream()
                .mapToLong(gap -> gap.toNanos() - Math.max(0, gap.fromNanos() - fault) - fault)
                .max()
                .orElse(0);
    }

    private static List<Gap> gapsAround(Outcome outcome, long fault) {
        List<Long> times = outcome.eventNanos();
        List<Gap> gaps = new ArrayList<>();
        for (int i = 1; i < times.size() && times.getFirst() - fault <= 0; i++) {
            Gap gap = new Gap(times.get(i - 1), times.get(i));
            if (gap.toNanos() - fault > 0 && gap.fromNanos() - fault < WINDOW_NANOS) {
                gaps.add(gap);
            }
        }
        return gaps;
    }

    private static long median(List<Long> values) {
        if (values.isEmpty()) {
            return 0;
        }
        Collections.sort(values);
        return values.get(values.size() / 2);
    }
}
