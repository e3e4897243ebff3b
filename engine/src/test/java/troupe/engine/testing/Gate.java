package troupe.engine.testing;

import java.util.concurrent.CountDownLatch;

/** Holds whoever passes until it is opened, and lets a test wait for somebody to arrive. */
public final class Gate {
    private final CountDownLatch arrived = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    public void pass() {
        arrived.countDown();
        await(open);
    }

    public void awaitArrival() {
        await(arrived);
    }

    public void open() {
        open.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted at a gate", e);
        }
    }
}
