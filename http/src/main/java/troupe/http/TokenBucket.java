package troupe.http;

/**
 * So much a minute, and as much at once after a quiet minute. It fills evenly; what is taken beyond its content is a debt
 * that has to fill up first. Times are nanoseconds of one clock, passed in.
 */
final class TokenBucket {
    private static final double NANOS_PER_MINUTE = 60e9;

    private int perMinute;
    private double level;
    private long filledAt;

    /** Full. */
    TokenBucket(int perMinute, long now) {
        this.perMinute = perMinute;
        level = perMinute;
        filledAt = now;
    }

    /** Another rate from now on; what is in stays, as far as it fits. */
    void refillBy(int newPerMinute, long now) {
        fill(now);
        perMinute = newPerMinute;
        level = Math.min(level, newPerMinute);
    }

    /** More than it holds is never in it, so as much as it holds has to do. */
    double atMost(double amount) {
        return Math.min(amount, perMinute);
    }

    /** Until {@code amount}, {@link #atMost} what it holds, is in it if nothing is taken meanwhile; 0: now. */
    long nanosUntil(double amount, long now) {
        fill(now);
        double missing = amount - level;
        return missing <= 0 ? 0 : (long) Math.ceil(missing * NANOS_PER_MINUTE / perMinute);
    }

    /** Until the debt that taking {@code amount} would leave is no more than it holds; 0: now. */
    long nanosUntilOwed(double amount, long now) {
        return nanosUntil(amount - perMinute, now);
    }

    /** Takes {@code amount}, or gives it back where it is negative. */
    void take(double amount, long now) {
        fill(now);
        level = Math.min(perMinute, level - amount);
    }

    private void fill(long now) {
        level = Math.min(perMinute, level + Math.max(0, now - filledAt) * perMinute / NANOS_PER_MINUTE);
        filledAt = Math.max(filledAt, now);
    }
}
