package troupe.cli.supervisor;

import java.time.Duration;

/**
 * How long to wait before a process that ended is started again: the wait doubles with every death up to a limit, and
 * begins anew once a process has lived long enough. Not thread-safe; times are those of one clock, nanoseconds.
 */
public final class RestartPolicy {
    private final long firstWait;
    private final long longestWait;
    private final long stableAfter;
    private long nextWait;
    private long startedAt;

    /**
     * @param firstWait after the first death
     * @param longestWait at least firstWait
     * @param stableAfter a process that lived as long is forgiven what its predecessors did
     */
    public RestartPolicy(Duration firstWait, Duration longestWait, Duration stableAfter) {
        if (firstWait.isNegative() || firstWait.isZero() || longestWait.compareTo(firstWait) < 0) {
            throw new IllegalArgumentException("the first wait is " + firstWait + ", the longest " + longestWait
                    + "; 0 < first <= longest is required");
        }
        this.firstWait = firstWait.toNanos();
        this.longestWait = longestWait.toNanos();
        this.stableAfter = stableAfter.toNanos();
        this.nextWait = this.firstWait;
    }

    /** Half a second, doubling to half a minute; a minute of life is enough. */
    public static RestartPolicy standard() {
        return new RestartPolicy(Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofMinutes(1));
    }

    /** A process was started. */
    public void started(long now) {
        startedAt = now;
    }

    /** The process that was started last has ended; returns nanoseconds to wait before the next is started. */
    public long ended(long now) {
        if (now - startedAt >= stableAfter) {
            nextWait = firstWait;
        }
        long wait = nextWait;
        nextWait = wait > longestWait / 2 ? longestWait : wait * 2;
        return wait;
    }
}
