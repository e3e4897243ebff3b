package troupe.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Ends a process whose orderly end takes too long: what should end it may wait for what has failed, as after an
 * OutOfMemoryError that took threads of the actor system along. Its thread is there from the beginning, since then there
 * may be no memory for one.
 */
final class LastResort {
    /** Beyond a drain's own limit. */
    private static final Duration MARGIN = Duration.ofSeconds(30);

    private final CountDownLatch begun = new CountDownLatch(1);
    private final long millis;
    private final Runnable end;

    private LastResort(Duration limit, Runnable end) {
        this.millis = limit.toMillis();
        this.end = end;
    }

    /** Does nothing before {@link #begin}; halts the process when the drain's limit is well over. */
    static LastResort halting(Duration drainLimit) {
        return after(drainLimit.plus(MARGIN), () -> Runtime.getRuntime().halt(NodeCommand.PUT_OUT));
    }

    static LastResort after(Duration limit, Runnable end) {
        LastResort created = new LastResort(limit, end);
        Thread.ofPlatform().daemon().name("last-resort").start(created::run);
        return created;
    }

    /** From now on the process has as long as the limit says. */
    void begin() {
        begun.countDown();
    }

    private void run() {
        try {
            begun.await();
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            return; // nobody does
        }
        end.run();
    }
}
