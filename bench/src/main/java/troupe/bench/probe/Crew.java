package troupe.bench.probe;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Runs one body on several threads at once and takes the time. */
public final class Crew {
    private Crew() {}

    /**
     * Seconds from the first thread's start to the last one's end.
     *
     * @param body gets the thread's number, 0 to threads - 1
     * @throws IllegalStateException when a thread failed, with its exception as the cause
     */
    public static double seconds(int threads, IntConsumer body) throws InterruptedException {
        long[] starts = new long[threads];
        long[] ends = new long[threads];
        CyclicBarrier together = new CyclicBarrier(threads);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread[] crew = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            int member = i;
            crew[i] = new Thread(
                    () -> {
                        try {
                            together.await();
                            starts[member] = System.nanoTime();
                            body.accept(member);
                            ends[member] = System.nanoTime();
                        } catch (RuntimeException | Error | InterruptedException | BrokenBarrierException e) {
                            failure.compareAndSet(null, e);
                            together.reset();
                        }
                    },
                    "crew-" + i);
        }
        for (Thread member : crew) {
            member.start();
        }
        for (Thread member : crew) {
            member.join();
        }
        if (failure.get() != null) {
            throw new IllegalStateException("a thread failed", failure.get());
        }
        long first = starts[0];
        long last = ends[0];
        for (int i = 1; i < threads; i++) {
            first = Math.min(first, starts[i]);
            last = Math.max(last, ends[i]);
        }
        return (last - first) / 1e9;
    }
}
