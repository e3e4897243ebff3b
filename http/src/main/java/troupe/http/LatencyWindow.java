package troupe.http;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of the last two minutes, in slots of five seconds, to two significant digits. Thread-safe; times are passed
 * in.
 */
final class LatencyWindow {
    static final int SLOT_SECONDS = 5;
    static final int SLOTS = 24;
    /** Slots of the last minute, the one that is being filled included. */
    private static final int MINUTE_SLOTS = 60 / SLOT_SECONDS;

    private static final long SLOT_NANOS = TimeUnit.SECONDS.toNanos(SLOT_SECONDS);
    private static final long LONGEST_MICROS = TimeUnit.HOURS.toMicros(1);
    private static final int DIGITS = 2;
    private static final double MILLIS = 1_000;

    /**
     * Percentiles, milliseconds.
     *
     * @param count of latencies; 0 makes the others 0
     */
    record Percentiles(long count, double p50, double p95, double p99) {}

    private static final class Slot {
        long number = Long.MIN_VALUE;
        final Histogram micros = new Histogram(LONGEST_MICROS, DIGITS);
    }

    private final @Nullable Slot[] slots = new Slot[SLOTS + 1];

    /** {@code times} latencies of {@code nanos} each. */
    synchronized void record(long nanos, int times, long nowNanos) {
        long number = number(nowNanos);
        int index = index(number);
        Slot slot = slots[index];
        if (slot == null) {
            slot = new Slot();
            slots[index] = slot;
        }
        if (slot.number != number) {
            slot.micros.reset();
            slot.number = number;
        }
        long micros = Math.clamp(TimeUnit.NANOSECONDS.toMicros(nanos), 1, LONGEST_MICROS);
        slot.micros.recordValueWithCount(micros, times);
    }

    synchronized Percentiles lastMinute(long nowNanos) {
        Histogram sum = new Histogram(LONGEST_MICROS, DIGITS);
        long now = number(nowNanos);
        for (long number = now - MINUTE_SLOTS + 1; number <= now; number++) {
            Slot slot = slot(number);
            if (slot != null) {
                sum.add(slot.micros);
            }
        }
        return percentiles(sum);
    }

    /** Of each of the last {@link #SLOTS} whole slots, oldest first; null where nothing came. */
    synchronized List<@Nullable Percentiles> series(long nowNanos) {
        List<@Nullable Percentiles> series = new ArrayList<>(SLOTS);
        long now = number(nowNanos);
        for (long number = now - SLOTS; number < now; number++) {
            Slot slot = slot(number);
            series.add(slot == null ? null : percentiles(slot.micros));
        }
        return series;
    }

    private @Nullable Slot slot(long number) {
        Slot slot = slots[index(number)];
        return slot != null && slot.number == number ? slot : null;
    }

    private static Percentiles percentiles(Histogram micros) {
        return new Percentiles(
                micros.getTotalCount(),
                micros.getValueAtPercentile(50) / MILLIS,
                micros.getValueAtPercentile(95) / MILLIS,
                micros.getValueAtPercentile(99) / MILLIS);
    }

    private static long number(long nowNanos) {
        return Math.floorDiv(nowNanos, SLOT_NANOS);
    }

    private int index(long number) {
        return (int) Math.floorMod(number, (long) slots.length);
    }
}
