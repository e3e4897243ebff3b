package troupe.multinode.chaos;

import java.time.Duration;

/** Interrupts the thread that makes it when what that does takes too long. */
final class Watchdog implements AutoCloseable {
    private final Thread watched = Thread.currentThread();
    private final Thread timer;
    private boolean fired;
    private boolean closed;

    Watchdog(Duration limit) {
        timer = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(limit);
                fire();
            } catch (InterruptedException e) {
                // In time.
            }
        });
    }

    private synchronized void fire() {
        if (!closed) {
            fired = true;
            watched.interrupt();
        }
    }

    /** Whether it took too long. */
    synchronized boolean hasFired() {
        return fired;
    }

    /** From now on nothing is interrupted. */
    @Override
    public synchronized void close() {
        closed = true;
        timer.interrupt();
    }
}
