package troupe.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task's indices on a fixed number of threads, the caller's among them, thousands of times a second: workers
 * wait for the next run by spinning for a bounded time and only then park. A run allocates nothing, and it waits for no
 * worker that has not begun an index: a thread without a core delays nobody.
 *
 * <p>One run at a time: {@link #run} is not reentrant, and calls from several threads must not overlap.
 *
 * <pre>
 * worker:  waiting (spins, then parks) --new epoch--> working (takes indices until none is left) --reports--> waiting
 * caller:  publishes task, count and epoch, unparks the parked --> works too --> waits until every index has ended
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

    /** How long a worker spins before it parks, in nanoseconds: longer than the gap between two kernels of a step. */
    public static final long DEFAULT_SPIN_NANOS = 80_000;

    private static final int SPINS_PER_CLOCK_READ = 64;
    private static final long REMAINING = 0xffff_ffffL;
    private static final long ONE_EPOCH = REMAINING + 1;

    private final long spinNanos;
    private final List<Worker> workers = new ArrayList<>();

    /**
     * The upper half is the number of the run, the lower half how many of its indices nobody has taken. An index is
     * taken by lowering it with compare-and-set: success proves that the run was still open, hence that the task and
     * the count that were read meanwhile are its own.
     */
    private final AtomicLong state = new AtomicLong();

    /** Indices of the run that have not ended. */
    private final AtomicInteger unfinished = new AtomicInteger();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    // Written by the caller between runs, before the state is.
    private volatile Task task = (index, worker) -> {};
    private volatile int tasks;
    private volatile @Nullable Thread caller;

    private volatile boolean callerParked;
    private volatile boolean closed;

    /** {@link #WorkerPool(int, String, long)} with threads named {@code kernels} that spin for the default time. */
    public WorkerPool(int threads) {
        this(threads, "kernels", DEFAULT_SPIN_NANOS);
    }

    /**
     * Starts threads - 1 daemon threads.
     *
     * @param threads threads of a run, the caller's included, at least 1
     * @param name threads are called name-1, name-2 and so on
     * @param spinNanos how long a thread without work spins before it parks, 0 or more
     */
    public WorkerPool(int threads, String name, long spinNanos) {
        Check.positive("threads", threads);
        Check.index("spinNanos", spinNanos, Long.MAX_VALUE);
        this.spinNanos = spinNanos;
        for (int index = 1; index < threads; index++) {
            workers.add(new Worker(name + "-" + index, index));
        }
        workers.forEach(Thread::start);
    }

    /** Threads of a run, the caller's included. */
    public int threads() {
        return workers.size() + 1;
    }

    /**
     * Runs {@code work} for every index from 0 to tasks - 1 and returns when all have ended; what they wrote is then
     * visible to the caller. When an index throws, the indices not yet begun are dropped and the first exception is
     * thrown here.
     */
    public void run(int tasks, Task work) {
        Check.index("tasks", tasks, Integer.MAX_VALUE - (long) threads());
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
        if (workers.isEmpty() || tasks <= 1) {
            for (int index = 0; index < tasks; index++) {
                work.run(index, 0);
            }
            return;
        }
        this.task = work;
        this.tasks = tasks;
        caller = Thread.currentThread();
        unfinished.set(tasks);
        publish(tasks);
        work(0);
        awaitUnfinished();
        rethrow();
    }

    private void publish(int remaining) {
        state.set(epochAfter(state.get()) | remaining);
        for (int i = 0; i < workers.size(); i++) {
            Worker worker = workers.get(i);
            if (worker.parked) {
                LockSupport.unpark(worker);
            }
        }
    }

    private static long epochAfter(long state) {
        return (state & ~REMAINING) + ONE_EPOCH;
    }

    private void work(int worker) {
        int ended = 0;
        long seen = state.get();
        while ((seen & REMAINING) != 0) {
            Task current = task;
            int index = tasks - (int) (seen & REMAINING);
            if (state.compareAndSet(seen, seen - 1)) {
                ended++;
                try {
                    current.run(index, worker);
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                    ended += dropRemaining();
                }
            }
            seen = state.get();
        }
        if (ended != 0 && unfinished.addAndGet(-ended) == 0 && callerParked) {
            LockSupport.unpark(caller);
        }
    }

    private int dropRemaining() {
        return (int) (state.getAndUpdate(current -> current & ~REMAINING) & REMAINING);
    }

    private void awaitUnfinished() {
        long deadline = System.nanoTime() + spinNanos;
        for (int spins = 1; unfinished.get() != 0; spins++) {
            if (spins % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
                Thread.onSpinWait();
            } else {
                callerParked = true;
                while (unfinished.get() != 0) {
                    LockSupport.park(this);
                }
                callerParked = false;
            }
        }
    }

    private void rethrow() {
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
        publish(0);
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
        private volatile boolean parked;

        Worker(String name, int index) {
            super(name);
            this.index = index;
            setDaemon(true);
        }

        @Override
        public void run() {
            long epoch = 0;
            while (!closed) {
                epoch = awaitEpochAfter(epoch);
                work(index);
            }
        }

        private long awaitEpochAfter(long epoch) {
            long deadline = System.nanoTime() + spinNanos;
            for (int spins = 1; current() == epoch; spins++) {
                if (spins % SPINS_PER_CLOCK_READ != 0 || System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                } else {
                    parked = true;
                    while (current() == epoch) {
                        LockSupport.park(WorkerPool.this);
                    }
                    parked = false;
                }
            }
            return current();
        }

        private long current() {
            return state.get() & ~REMAINING;
        }
    }
}
