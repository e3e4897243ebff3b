package troupe.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** How long to wait between attempts: twice as long each time, less a random part, so that clients do not come in step. */
final class Backoff {
    private static final int MOST_DOUBLINGS = 20;

    private final long firstNanos;
    private final long longestNanos;
    private final RandomGenerator random;
    private int failures;

    Backoff(Duration first, Duration longest, RandomGenerator random) {
        firstNanos = first.toNanos();
        longestNanos = longest.toNanos();
        this.random = random;
    }

    /** Something came: what follows is a new trouble. */
    void succeeded() {
        failures = 0;
    }

    /** Before the next attempt: from half the time to the whole. */
    Duration next() {
        int doublings = Math.min(failures++, MOST_DOUBLINGS);
        double whole = Math.min((double) longestNanos, Math.scalb((double) firstNanos, doublings));
        return Duration.ofNanos((long) (whole * (0.5 + random.nextDouble() / 2)));
    }
}
