package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkerPoolTest {
    @Test
    void shouldRunEveryIndexExactlyOnceUnderStress() {
        for (long spinNanos : new long[] {0, 2_000, WorkerPool.DEFAULT_SPIN_NANOS}) {
            try (WorkerPool pool = new WorkerPool(4, "stress", spinNanos)) {
                for (int run = 0; run < 3_000; run++) {
                    int tasks = run % 17;
                    AtomicIntegerArray counts = new AtomicIntegerArray(17);
                    pool.run(tasks, (index, worker) -> counts.incrementAndGet(index));
                    for (int index = 0; index < 17; index++) {
                        assertEquals(index < tasks ? 1 : 0, counts.get(index), "run " + run + " index " + index);
                    }
                }
            }
        }
    }

    @Test
    void shouldShowTheCallerWhatTheWorkersWroteWithoutSynchronization() {
        long[] results = new long[64];
        try (WorkerPool pool = new WorkerPool(3, "visible", 1_000)) {
            for (long run = 1; run <= 3_000; run++) {
                long value = run;
                pool.run(results.length, (index, worker) -> results[index] = value * index);
                for (int index = 0; index < results.length; index++) {
                    assertEquals(run * index, results[index]);
                }
            }
        }
    }

    @Test
    void shouldNeverRunTwoIndicesOfOneWorkerAtATime() {
        try (WorkerPool pool = new WorkerPool(4, "exclusive", 1_000)) {
            AtomicIntegerArray busy = new AtomicIntegerArray(4);
            AtomicInteger overlaps = new AtomicInteger();
            for (int run = 0; run < 2_000; run++) {
                pool.run(12, (index, worker) -> {
                    if (busy.incrementAndGet(worker) != 1) {
                        overlaps.incrementAndGet();
                    }
                    busy.decrementAndGet(worker);
                });
            }
            assertEquals(0, overlaps.get());
        }
    }

    @Test
    void shouldDoWhatALateThreadHasNotBegun() {
        for (long spinNanos : new long[] {0, WorkerPool.DEFAULT_SPIN_NANOS}) {
            try (WorkerPool pool = new WorkerPool(2, "late", spinNanos)) {
                for (int late = 0; late < 2; late++) {
                    int lateWorker = late;
                    CountDownLatch both = new CountDownLatch(2);
                    CountDownLatch others = new CountDownLatch(8); // of 10 indices, both threads being in one
                    pool.run(10, (index, worker) -> {
                        if (both.getCount() > 0) {
                            both.countDown();
                            await(both);
                            if (worker == lateWorker) {
                                await(others);
                            }
                        } else {
                            others.countDown();
                        }
                    });
                    assertEquals(0, others.getCount());
                }
            }
        }
    }

    @Test
    void shouldLookAheadOnWaitingThreadsUntilTheNextRun() {
        try (WorkerPool pool = new WorkerPool(2, "ahead", WorkerPool.DEFAULT_SPIN_NANOS)) {
            AtomicIntegerArray steps = new AtomicIntegerArray(2);
            for (int run = 0; run < 20; run++) {
                CountDownLatch both = new CountDownLatch(2);
                int before = steps.get(1);
                pool.run(
                        2,
                        (index, worker) -> {
                            both.countDown();
                            await(both);
                        },
                        worker -> {
                            steps.incrementAndGet(worker);
                            return true; // ends with the next run or the pool
                        });
                while (steps.get(1) == before) {
                    Thread.onSpinWait();
                }
            }
            pool.run(2, (index, worker) -> {}); // without, so that nobody looks ahead from here on
            CountDownLatch both = new CountDownLatch(2);
            pool.run(2, (index, worker) -> {
                both.countDown();
                await(both);
            });
            int after = steps.get(1);
            pool.run(1_000, (index, worker) -> {});
            assertEquals(after, steps.get(1));
        }
    }

    @Test
    void shouldParkOnceThereIsNothingAheadAnyMore() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(2, "done", 0)) {
            Thread worker = threadOf(pool);
            AtomicInteger left = new AtomicInteger(100);
            CountDownLatch both = new CountDownLatch(2);
            pool.run(
                    2,
                    (index, thread) -> {
                        both.countDown();
                        await(both);
                    },
                    thread -> left.decrementAndGet() > 0);
            while (worker.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            assertTrue(left.get() <= 0);
        }
    }

    @Test
    void shouldWakeWorkersThatHaveParked() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(2, "parked", 0)) {
            Thread worker = threadOf(pool);
            for (int run = 0; run < 20; run++) {
                while (worker.getState() != Thread.State.WAITING) {
                    Thread.onSpinWait();
                }
                // Ends only when both threads are in the run at once.
                CountDownLatch both = new CountDownLatch(2);
                pool.run(2, (index, thread) -> {
                    both.countDown();
                    await(both);
                });
            }
            assertTrue(worker.isAlive());
        }
    }

    @Test
    void shouldHaveThreadsPauseThatAreNotSteadyAndStillTakePart() {
        try (WorkerPool pool = new WorkerPool(2, "steady", WorkerPool.DEFAULT_SPIN_NANOS)) {
            Thread worker = threadOf(pool);
            for (int round = 0; round < 20; round++) {
                pool.setSteadyThreads(1);
                boolean paused = false;
                while (!paused) {
                    pool.run(2, (index, thread) -> {});
                    paused = worker.getState() == Thread.State.TIMED_WAITING;
                }
                pool.setSteadyThreads(2);
                CountDownLatch both = new CountDownLatch(2); // the run ends only when both are in it
                pool.run(2, (index, thread) -> {
                    both.countDown();
                    await(both);
                });
            }
        }
    }

    @Test
    void shouldRefuseMoreSteadyThreadsThanItHas() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThrows(IllegalArgumentException.class, () -> pool.setSteadyThreads(3));
            assertThrows(IllegalArgumentException.class, () -> pool.setSteadyThreads(0));
        }
    }

    @Test
    void shouldParkTheCallerUntilASlowWorkerEnds() {
        try (WorkerPool pool = new WorkerPool(2, "slow", 0)) {
            Thread caller = Thread.currentThread();
            AtomicReference<Object> blocker = new AtomicReference<>();
            CountDownLatch both = new CountDownLatch(2);
            pool.run(2, (index, worker) -> {
                both.countDown();
                await(both);
                while (worker == 1 && LockSupport.getBlocker(caller) != pool) {
                    Thread.onSpinWait();
                }
                if (worker == 1) {
                    blocker.set(LockSupport.getBlocker(caller));
                }
            });
            assertSame(pool, blocker.get());
        }
    }

    @Test
    void shouldThrowWhatATaskThrewAndGoOnWorking() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int run = 0; run < 200; run++) {
                IllegalStateException thrown = new IllegalStateException("index failed");
                assertSame(
                        thrown,
                        assertThrows(
                                IllegalStateException.class,
                                () -> pool.run(100, (index, worker) -> {
                                    if (index == 5) {
                                        throw thrown;
                                    }
                                })));
                AtomicInteger count = new AtomicInteger();
                pool.run(100, (index, worker) -> count.incrementAndGet());
                assertEquals(100, count.get());
            }
        }
    }

    @Test
    void shouldNameItsThreadsAndEndThemOnClose() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        WorkerPool pool = new WorkerPool(3, "named", WorkerPool.DEFAULT_SPIN_NANOS);
        assertEquals(3, pool.threads());
        CountDownLatch all = new CountDownLatch(3);
        pool.run(3, (index, worker) -> {
            threads.add(Thread.currentThread());
            all.countDown();
            await(all);
        });
        pool.close();
        pool.close();
        threads.remove(Thread.currentThread());
        assertEquals(2, threads.size());
        for (Thread thread : threads) {
            assertTrue(thread.isDaemon() && thread.getName().startsWith("named-"), thread.getName());
            assertFalse(thread.isAlive());
        }
        assertThrows(IllegalStateException.class, () -> pool.run(1, (index, worker) -> {}));
    }

    @Test
    void shouldWorkOnTheCallerAloneWithOneThread() {
        try (WorkerPool pool = new WorkerPool(1)) {
            Thread caller = Thread.currentThread();
            AtomicInteger others = new AtomicInteger();
            pool.run(9, (index, worker) -> {
                if (worker != 0 || Thread.currentThread() != caller) {
                    others.incrementAndGet();
                }
            });
            assertEquals(0, others.get());
        }
    }

    private static Thread threadOf(WorkerPool pool) {
        AtomicReference<Thread> thread = new AtomicReference<>();
        CountDownLatch both = new CountDownLatch(2);
        pool.run(2, (index, worker) -> {
            if (worker == 1) {
                thread.set(Thread.currentThread());
            }
            both.countDown();
            await(both);
        });
        return thread.get();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
