package troupe.actors;

import java.time.Duration;

/**
 * How much cost goes through a queue per second while it is not empty: what a wait can be reckoned from. What is older
 * counts less and less. No clock: times are passed in.
 */
final class ServiceRate {
    /** After this long a measurement counts for 1/e of a new one. */
    static final Duration MEMORY = Duration.ofSeconds(30);

    /** Of less than this nothing is concluded. */
    private static final Duration LEAST = Duration.ofMillis(10);

    private double cost;
    private double seconds;
    private boolean backlogged;
    private long lastNanos;

    /** From {@code nowNanos} on something waits, or nothing does. */
    void backlogged(boolean now, long nowNanos) {
        advance(nowNanos);
        backlogged = now;
    }

    /** Something had its turn; it counts if it, or another one, had to wait. */
    void took(double itemCost, long nowNanos) {
        advance(nowNanos);
        if (backlogged) {
            cost += itemCost;
        }
    }

    /** Seconds until so much cost has had its turn; 0 where nothing is known. */
    double secondsFor(double ahead, long nowNanos) {
        advance(nowNanos);
        return cost <= 0 || seconds * 1e9 < LEAST.toNanos() ? 0 : ahead * seconds / cost;
    }

    private void advance(long nowNanos) {
        if (backlogged) {
            double passed = Math.max(0, nowNanos - lastNanos) / 1e9;
            double kept = Math.exp(-passed / (MEMORY.toNanos() / 1e9));
            cost *= kept;
            seconds = seconds * kept + passed;
        }
        lastNanos = nowNanos;
    }
}
