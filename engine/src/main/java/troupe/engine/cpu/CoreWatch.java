package troupe.engine.cpu;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Looks from time to time, while steps run, at what others do on this process's processors: a {@link CoreShare} fed by a
 * thread that sleeps otherwise.
 *
 * <pre>
 * asleep --stepBegins--> watching, every PERIOD --no step within a period--> asleep
 * </pre>
 */
final class CoreWatch implements AutoCloseable {
    /** Between two samples: 25 ticks of each processor, of a hundredth of a second. */
    static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final CoreShare share;
    private final Supplier<Optional<ProcessorTime>> clock;
    private final Thread thread = new Thread(this::run, "cores-watch");
    private volatile int steadyThreads;
    private volatile boolean stepped;
    private volatile boolean asleep;
    private volatile boolean closed;

    CoreWatch(int threads, Supplier<Optional<ProcessorTime>> clock) {
        this.share = new CoreShare(threads);
        this.steadyThreads = threads;
        this.clock = clock;
    }

    /** Starts a daemon thread. */
    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** A step begins; gives the number of threads that are not to pause in it. */
    int stepBegins() {
        if (!stepped) {
            stepped = true;
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }
        return steadyThreads;
    }

    private void run() {
        Optional<ProcessorTime> last = clock.get();
        while (!closed && last.isPresent()) {
            if (!stepped) {
                sleep();
                last = clock.get();
            }
            stepped = false;
            awaitPeriod();
            Optional<ProcessorTime> now = clock.get();
            last.ifPresent(earlier -> now.ifPresent(later -> sample(earlier, later)));
            last = now;
        }
    }

    private void awaitPeriod() {
        long end = System.nanoTime() + PERIOD_NANOS;
        for (long left = PERIOD_NANOS; left > 0 && !closed; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }

    private void sample(ProcessorTime earlier, ProcessorTime later) {
        steadyThreads = share.sample(later.processors(), later.foreignSince(earlier));
    }

    private void sleep() {
        asleep = true;
        while (!stepped && !closed) {
            LockSupport.park(this);
        }
        asleep = false;
    }

    /** Ends the thread; does not wait for it. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
