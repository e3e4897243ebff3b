package troupe.engine.cpu;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks from time to time, while steps run, at what others do on this process's processors: a {@link CoreShare} and a
 * {@link CallerSeat} fed by a thread that sleeps otherwise.
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
    private final int threads;
    private final CallerSeat seat = new CallerSeat();
    private volatile @Nullable OsThread caller;
    private volatile @Nullable OsThread pausing; // the one that pauses first
    private volatile @Nullable Place place; // the caller's
    // These belong to the thread that begins steps.
    private @Nullable Thread stepping;
    private @Nullable Place taken;

    private @Nullable Seen seen; // belongs to the watching thread

    private volatile int steadyThreads;
    private volatile boolean stepped;
    private volatile boolean asleep;
    private volatile boolean closed;

    /** Where the caller runs during a step, and where it may run. */
    private record Place(BitSet seats, BitSet allowed) {}

    /** The caller's counters at the last sample. */
    private record Seen(OsThread caller, OsThread.Sample sample, long nanos) {}

    CoreWatch(int threads, Supplier<Optional<ProcessorTime>> clock) {
        this.threads = threads;
        this.share = new CoreShare(threads);
        this.steadyThreads = threads;
        this.clock = clock;
    }

    /** Starts a daemon thread. */
    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Worker {@code worker} of the pool begins, which is the calling thread. */
    void workerBegins(int worker) {
        if (worker == threads - 1) {
            pausing = OsThread.current().orElse(null);
        }
    }

    /** A step begins; gives the number of threads that are not to pause in it. */
    int stepBegins() {
        if (stepping != Thread.currentThread()) {
            stepping = Thread.currentThread();
            caller = OsThread.current().orElse(null);
        }
        OsThread own = caller;
        taken = own == null ? null : place;
        if (own != null && taken != null) {
            own.runOn(taken.seats());
        }
        if (!stepped) {
            stepped = true;
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }
        return steadyThreads;
    }

    /** The step has ended. Threads that the caller starts now would inherit where it may run. */
    void stepEnds() {
        OsThread own = caller;
        if (own != null && taken != null) {
            own.runOn(taken.allowed());
            taken = null;
        }
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
        steadyThreads = share.sample(later.processors().cardinality(), later.foreignSince(earlier));
        seat(later.processors(), steadyThreads < threads);
    }

    private void seat(BitSet allowed, boolean others) {
        OsThread own = caller;
        OsThread resting = pausing;
        Optional<OsThread.Sample> sample = own == null || resting == null ? Optional.empty() : own.sample();
        if (own == null || resting == null || sample.isEmpty()) {
            return;
        }
        Seen last = seen;
        seen = new Seen(own, sample.get(), System.nanoTime());
        if (last == null || last.caller() != own) {
            return;
        }
        long waited = seen.sample().waitedNanos() - last.sample().waitedNanos();
        double part = (double) waited / (seen.nanos() - last.nanos());
        if (seat.sample(others, part, seen.sample().processor())) {
            BitSet seats = seat.ofCaller(allowed);
            place = seats.equals(allowed) ? null : new Place(seats, allowed);
            resting.runOn(seat.ofPausing(allowed));
        }
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
