package troupe.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task's indices on a fixed number of threads, the caller's among them, thousands of times a second: workers
 * wait for the next run by spinning for a bounded time and only then park. A run allocates nothing, and it waits for no
 * worker that has not begun an index: a thread without a core delays nobody.
 *
 * <p>Index i is thread i's, modulo the threads; a thread takes its own in order and then what others have not begun. So
 * a thread on time works on the same part in every run of one shape, and meets others only at the run's ends.
 *
 * <p>One run at a time: {@link #run} is not reentrant, and calls from several threads must not overlap.
 *
 * <pre>
 * worker:  waiting (looks ahead, spins, then parks) --new run--> working (its indices, then others') --reports--> waiting
 * caller:  publishes the run, unparks the parked --> works too --> waits until every index has ended
 * </pre>
 */
public final class WorkerPool implements AutoCloseable {
    /** The work of a run. */
    @FunctionalInterface
    public interface Task {
        /**
         * Does one index of the work.
         *
         * @param task 0 to tasks - 1, each exactly once a run
         * @param worker 0 to threads - 1; 0 is the caller. At any time at most one index runs for a worker
         */
        void run(int task, int worker);
    }

    /** What threads do instead of waiting once a run has no indices left for them; nothing may depend on it. */
    @FunctionalInterface
    public interface Ahead {
        /**
         * Does a little, for a fraction of a microsecond, and never throws: the thread joins the next run only
         * afterwards.
         *
         * @param worker as in {@link Task#run}
         * @return whether there is more to do
         */
        boolean step(int worker);
    }

    /** How long a worker spins before it parks, in nanoseconds: longer than the gap between two kernels of a step. */
    public static final long DEFAULT_SPIN_NANOS = 80_000;

    /**
     * How long a thread that is not steady works before it sleeps, in nanoseconds, about. Beside an endless loop shorter is
     * better: who sleeps often gets a core as soon as it wakes, and sleeps again before it loses it.
     */
    static final long TURN_NANOS = 50_000;

    private static final int SPINS_PER_CLOCK_READ = 64;

    /** The lower bits of {@link #taken}, which count indices; the upper ones have the run's number. */
    private static final int TAKEN_BITS = 20;

    private static final long TAKEN = (1L << TAKEN_BITS) - 1;

    private final long spinNanos;
    private final List<Worker> workers = new ArrayList<>();
    private final PublishedRun published = new PublishedRun();

    /**
     * For each thread, the last run in which one of its indices was taken, and how many were. Numbers only grow, and a
     * run ends only when all indices are taken: so whoever still holds an older run finds nothing to take.
     */
    private final PaddedLong[] taken;

    /** Indices that workers have ended, of all runs. */
    private final PaddedLong ended = new PaddedLong();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    // The caller's own.
    private final PublishedRun.Snapshot callersRun = new PublishedRun.Snapshot();
    private long awaited; // what ended must become

    private volatile @Nullable Thread caller;
    private volatile boolean callerParked;
    private volatile boolean closed;
    private volatile int steady; // threads that never pause

    /** {@link #WorkerPool(int, IntConsumer)} of threads that nobody wants to know. */
    public WorkerPool(int threads) {
        this(threads, worker -> {});
    }

    /**
     * Starts threads - 1 daemon threads named {@code kernels-1} and so on, which spin for the default time.
     *
     * @param threads threads of a run, the caller's included, at least 1
     * @param begins is called by each of them when it begins, with its number as in {@link Task#run}
     */
    public WorkerPool(int threads, IntConsumer begins) {
        this(threads, "kernels", DEFAULT_SPIN_NANOS, begins);
    }

    /** The same, with names and a time of one's own. */
    WorkerPool(int threads, String name, long spinNanos) {
        this(threads, name, spinNanos, worker -> {});
    }

    /** @param spinNanos how long a thread without work spins before it parks, 0 or more */
    private WorkerPool(int threads, String name, long spinNanos, IntConsumer begins) {
        Check.positive("threads", threads);
        Check.index("spinNanos", spinNanos, Long.MAX_VALUE);
        this.spinNanos = spinNanos;
        steady = threads;
        taken = new PaddedLong[threads];
        for (int index = 0; index < threads; index++) {
            taken[index] = new PaddedLong();
        }
        for (int index = 1; index < threads; index++) {
            workers.add(new Worker(name + "-" + index, index, begins));
        }
        workers.forEach(Thread::start);
    }

    /** Threads of a run, the caller's included. */
    public int threads() {
        return taken.length;
    }

    /**
     * Has only so many threads never pause from now on, the caller's among them; the others sleep between two runs for as
     * long as they have worked, some {@value #TURN_NANOS} nanoseconds. For a machine whose cores others use too: a thread
     * that loses its core in the middle of an index is waited for, one that sleeps is not. No result depends on it.
     *
     * @param count at least 1, at most {@link #threads}
     */
    public void setSteadyThreads(int count) {
        if (count < 1 || count > threads()) {
            throw new IllegalArgumentException("count is " + count + ", 1 to " + threads() + " are required");
        }
        steady = count;
    }

    /** {@link #run(int, Task, Ahead)} without anything to do ahead. */
    public void run(int tasks, Task work) {
        run(tasks, work, null);
    }

    /**
     * Runs {@code work} for every index from 0 to tasks - 1 and returns when all have ended; what they wrote is then
     * visible to the caller. When an index throws, the indices not yet begun are dropped and the first exception is
     * thrown here.
     *
     * @param tasks at most 2^20 - 1 for each thread
     * @param ahead what threads do while they wait for others or, until the next run, for work; so it goes on after
     *     this returns
     */
    public void run(int tasks, Task work, @Nullable Ahead ahead) {
        Check.index("tasks", tasks, TAKEN * threads());
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
        if (workers.isEmpty() || tasks <= 1) {
            for (int index = 0; index < tasks; index++) {
                work.run(index, 0);
            }
            return;
        }
        if (caller != Thread.currentThread()) {
            caller = Thread.currentThread();
        }
        publish(tasks, work, ahead);
        int own = takeOwn(callersRun, 0) + takeOthers(callersRun, 0);
        awaited += tasks - own;
        awaitEnded();
        rethrow();
    }

    private void publish(int tasks, Task work, @Nullable Ahead ahead) {
        published.publish(tasks, work, ahead);
        if (!published.read(published.state(), callersRun)) {
            throw new IllegalStateException("runs overlap");
        }
        for (int i = 0; i < workers.size(); i++) {
            Worker worker = workers.get(i);
            if (worker.parked) {
                LockSupport.unpark(worker);
            }
        }
    }

    private int takeOwn(PublishedRun.Snapshot run, int worker) {
        return take(run, worker, worker);
    }

    private int takeOthers(PublishedRun.Snapshot run, int worker) {
        int count = 0;
        for (int i = 1; i < taken.length; i++) {
            int owner = worker + i < taken.length ? worker + i : worker + i - taken.length;
            count += take(run, owner, worker);
        }
        return count;
    }

    /** Takes and does what nobody has taken of an owner's indices; gives the number of those that have ended by it. */
    private int take(PublishedRun.Snapshot run, int owner, int worker) {
        int count = 0;
        int begun = begin(run, owner);
        while (begun >= 0) {
            count++;
            try {
                run.task().run(owner + begun * taken.length, worker);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
                count += drop(run);
            }
            begun = begin(run, owner);
        }
        return count;
    }

    /** Takes the next of an owner's indices: how many were taken before, or -1 if none is left. */
    private int begin(PublishedRun.Snapshot run, int owner) {
        PaddedLong place = taken[owner];
        int all = indicesOf(run, owner);
        while (true) {
            long seen = place.get();
            int before = takenIn(run, seen);
            if (before >= all) {
                return -1;
            }
            if (place.compareAndSet(seen, (run.state() << TAKEN_BITS) + before + 1)) {
                return before;
            }
        }
    }

    private int indicesOf(PublishedRun.Snapshot run, int owner) {
        return (run.tasks() - owner + taken.length - 1) / taken.length;
    }

    /** How many indices are taken in this run; all, if another has begun since. */
    private static int takenIn(PublishedRun.Snapshot run, long seen) {
        long older = (run.state() << TAKEN_BITS) - (seen & ~TAKEN); // right when the numbers begin anew too
        return older > 0 ? 0 : older == 0 ? (int) (seen & TAKEN) : Integer.MAX_VALUE;
    }

    private int drop(PublishedRun.Snapshot run) {
        int dropped = 0;
        for (int owner = 0; owner < taken.length; owner++) {
            while (begin(run, owner) >= 0) {
                dropped++;
            }
        }
        return dropped;
    }

    private void report(int count) {
        if (count != 0) {
            ended.add(count);
            if (callerParked) {
                LockSupport.unpark(caller);
            }
        }
    }

    private void awaitEnded() {
        Ahead ahead = callersRun.ahead();
        while (ended.get() != awaited && ahead != null && ahead.step(0)) {}
        if (ended.get() == awaited) {
            return;
        }
        long deadline = System.nanoTime() + spinNanos;
        for (int spins = 1; ended.get() != awaited; spins++) {
            if (spins % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
                Thread.onSpinWait();
            } else {
                callerParked = true;
                while (ended.get() != awaited) {
                    LockSupport.park(this);
                }
                callerParked = false;
            }
        }
    }

    private void rethrow() {
        if (failure.get() == null) {
            return;
        }
        Throwable thrown = failure.getAndSet(null);
        switch (thrown) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException("a task failed", thrown);
        }
    }

    /** Ends the threads and waits for them. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        publish(0, (index, worker) -> {}, null);
        boolean interrupted = false;
        for (Worker worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker extends Thread {
        private final int index;
        private final IntConsumer begins;
        private final PublishedRun.Snapshot run = new PublishedRun.Snapshot();
        private volatile boolean parked;
        private long resumed = System.nanoTime(); // its last pause's end

        Worker(String name, int index, IntConsumer begins) {
            super(name);
            this.index = index;
            this.begins = begins;
            setDaemon(true);
        }

        @Override
        public void run() {
            begins.accept(index);
            while (!closed) {
                awaitNext();
                report(takeOwn(run, index));
                report(takeOthers(run, index));
            }
        }

        private void awaitNext() {
            long last = run.state();
            if (index >= steady) {
                pause();
            }
            lookAhead(last);
            long deadline = System.nanoTime() + spinNanos;
            int spins = 1;
            while (!readNext(last)) {
                if (spins % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                } else {
                    park(last);
                }
                spins++;
            }
        }

        /** Sleeps, if it has not done so for a while. */
        private void pause() {
            if (System.nanoTime() - resumed > TURN_NANOS) {
                LockSupport.parkNanos(WorkerPool.this, TURN_NANOS);
                resumed = System.nanoTime();
            }
        }

        private void lookAhead(long last) {
            Ahead ahead = run.ahead();
            while (ahead != null && published.state() == last && ahead.step(index)) {}
        }

        private boolean readNext(long last) {
            long state = published.state();
            return state != last && (state & 1) == 0 && published.read(state, run);
        }

        private void park(long last) {
            parked = true;
            while (published.state() == last) {
                LockSupport.park(WorkerPool.this);
            }
            parked = false;
        }
    }
}
