package troupe.kernels;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The run that a pool's caller has published last, on a cache line of its own: it reaches each worker by one transfer.
 * One thread writes; others read while it does and recognize what they must not use (a seqlock, Lameter 2005).
 */
final class PublishedRun extends PublishedRunFields {
    private static final VarHandle STATE = handle();

    @SuppressWarnings("unused") // only takes room
    private long after0, after1, after2, after3, after4, after5, after6, after7;

    private static VarHandle handle() {
        try {
            return MethodHandles.lookup().findVarHandle(PublishedRunFields.class, "state", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Twice the number of the run; one more while its content is being written. */
    long state() {
        return state;
    }

    /** Publishes a run; what its threads do next they do after all that the caller has done before. */
    void publish(int tasks, WorkerPool.Task task, WorkerPool.@Nullable Ahead ahead) {
        long number = state + 2;
        STATE.setOpaque(this, number - 1);
        VarHandle.storeStoreFence();
        this.tasks = tasks;
        this.task = task;
        this.ahead = ahead;
        STATE.setVolatile(this, number); // before the caller looks for workers that have parked
    }

    /** Copies the content; false if it may be that of another run than the one with this state. */
    boolean read(long expected, Snapshot to) {
        to.state = expected;
        to.tasks = tasks;
        to.task = task;
        to.ahead = ahead;
        VarHandle.loadLoadFence();
        return (long) STATE.getOpaque(this) == expected;
    }

    /** A thread's own copy. */
    static final class Snapshot {
        private long state;
        private int tasks;
        private WorkerPool.Task task = NOTHING;
        private WorkerPool.@Nullable Ahead ahead;

        long state() {
            return state;
        }

        int tasks() {
            return tasks;
        }

        WorkerPool.Task task() {
            return task;
        }

        WorkerPool.@Nullable Ahead ahead() {
            return ahead;
        }
    }
}

abstract class PublishedRunFields extends LinePadding {
    static final WorkerPool.Task NOTHING = (task, worker) -> {};

    volatile long state;
    int tasks;
    WorkerPool.Task task = NOTHING;
    WorkerPool.@Nullable Ahead ahead;
}
