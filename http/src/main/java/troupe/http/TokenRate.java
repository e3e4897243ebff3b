package troupe.http;

import java.util.concurrent.TimeUnit;

/** Counts tokens by the second, over the last two minutes. Thread-safe; times are passed in. */
final class TokenRate {
    /** How many whole seconds it remembers. */
    static final int SECONDS = 120;

    /** One more for the second that is not over yet. */
    private final long[] counts = new long[SECONDS + 1];

    /** The latest second that was touched; all counts are of it and the ones before. */
    private long latest = Long.MIN_VALUE;

    /** {@code tokens} came at {@code nowNanos}, which never goes back by more than its memory. */
    synchronized void add(long tokens, long nowNanos) {
        long second = advance(nowNanos);
        if (second > latest - counts.length) {
            counts[slot(second)] += tokens;
        }
    }

    /** Tokens per second, over the last {@code seconds} whole ones; at most {@link #SECONDS}. */
    synchronized double perSecond(int seconds, long nowNanos) {
        long sum = 0;
        for (long count : last(seconds, nowNanos)) {
            sum += count;
        }
        return (double) sum / seconds;
    }

    /** The tokens of each of the last {@code seconds} whole ones, oldest first; at most {@link #SECONDS}. */
    synchronized long[] last(int seconds, long nowNanos) {
        if (seconds < 1 || seconds > SECONDS) {
            throw new IllegalArgumentException("seconds is " + seconds + ", allowed are 1 to " + SECONDS);
        }
        long now = advance(nowNanos);
        long[] last = new long[seconds];
        for (int i = 0; i < seconds; i++) {
            last[i] = counts[slot(now - seconds + i)];
        }
        return last;
    }

    /** Empties the seconds in which nothing came; gives the one of {@code nowNanos}. */
    private long advance(long nowNanos) {
        long second = Math.floorDiv(nowNanos, TimeUnit.SECONDS.toNanos(1));
        if (latest == Long.MIN_VALUE) {
            latest = second;
        }
        long first = Math.max(latest + 1, second - counts.length + 1);
        for (long empty = first; empty <= second; empty++) {
            counts[slot(empty)] = 0;
        }
        latest = Math.max(latest, second);
        return second;
    }

    private int slot(long second) {
        return (int) Math.floorMod(second, (long) counts.length);
    }
}
