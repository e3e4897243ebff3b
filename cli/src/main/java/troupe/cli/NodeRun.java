package troupe.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** The life of a started node in its process: until a signal, an operator or the cluster ends it. */
final class NodeRun {
    private final Server server;
    private final Duration drainLimit;
    private final LastResort lastResort;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private NodeRun(Server server, Duration drainLimit, LastResort lastResort) {
        this.server = server;
        this.drainLimit = drainLimit;
        this.lastResort = lastResort;
    }

    /**
     * Drains the server at SIGTERM, Ctrl-C or an operator's wish.
     *
     * @param lastResort begins with it
     */
    static NodeRun of(Server server, Duration drainLimit, LastResort lastResort) {
        NodeRun run = new NodeRun(server, drainLimit, lastResort);
        Runtime.getRuntime().addShutdownHook(new Thread(run::drain, "drain"));
        var _ = server.drainAsked()
                .thenRun(() -> Thread.ofPlatform().name("drain-asked").start(run::drain));
        var _ = server.node().ended().thenRun(run.ended::countDown);
        return run;
    }

    /**
     * Waits until the node has ended, in whichever way.
     *
     * @return whether it was asked to; otherwise its cluster has put it out
     */
    boolean await() throws InterruptedException {
        ended.await();
        return draining.get();
    }

    private void drain() {
        lastResort.begin();
        if (ended.getCount() > 0 && draining.compareAndSet(false, true)) {
            System.err.println("finishing the open requests, at most " + drainLimit.toSeconds() + " s");
            server.drain(drainLimit);
            ended.countDown();
        } else {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
