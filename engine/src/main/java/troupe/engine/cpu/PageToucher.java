package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Has the system give the pages of fresh memory while nothing is computed, so that steps do not wait for them. A
 * virtual machine whose host has to find each page too was seen to take 1.3 ms a megabyte: a tenth of the time of the
 * prefill that fills it with keys and values.
 *
 * <pre>
 * computing --stepEnds--> waiting --quiet for QUIET_NANOS--> touching, piece by piece --> done
 *     ^--------------------- stepBegins ---------------------------'
 * </pre>
 */
final class PageToucher implements AutoCloseable {
    /** How long no step must have run. */
    static final long QUIET_NANOS = 500_000_000;

    /** Bytes between two looks at whether a step has begun: a huge page. */
    static final long PIECE = 2L << 20;

    private static final long PAGE = 4096;
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final MemorySegment memory;
    private final LongSupplier nanoClock;
    private final Thread thread = new Thread(this::run, "kv-pages");
    private volatile long touched;
    private volatile boolean computing;
    private volatile long quietSince;
    private volatile boolean closed;

    /** Touches nothing before {@link #start}. */
    PageToucher(MemorySegment memory, LongSupplier nanoClock) {
        this.memory = memory;
        this.nanoClock = nanoClock;
        this.quietSince = nanoClock.getAsLong();
    }

    /** Starts a daemon thread, which ends when all pages are there. */
    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    void stepBegins() {
        computing = true;
    }

    void stepEnds() {
        quietSince = nanoClock.getAsLong();
        computing = false;
    }

    /** Whether all pages are there. */
    boolean done() {
        return touched >= memory.byteSize();
    }

    /** Waits until {@link #done}, or closed. */
    void awaitDone() throws InterruptedException {
        thread.join();
    }

    /** Touches the next piece, unless a step runs or ran lately; what the memory holds stays, whoever writes to it. */
    boolean touchNext() {
        if (computing || nanoClock.getAsLong() - quietSince < QUIET_NANOS) {
            return false;
        }
        long end = Math.min(touched + PIECE, memory.byteSize());
        for (long at = touched; at + Integer.BYTES <= end; at += PAGE) {
            int _ = (int) INT.getAndAdd(memory, at, 0); // a write that changes nothing
        }
        touched = end;
        return true;
    }

    private void run() {
        while (!closed && !done()) {
            if (!touchNext()) {
                LockSupport.parkNanos(this, QUIET_NANOS);
            }
        }
    }

    /** Ends the thread and waits for it: afterwards the memory can be given back. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
