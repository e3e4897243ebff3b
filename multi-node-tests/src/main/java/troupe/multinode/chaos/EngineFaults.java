package troupe.multinode.chaos;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;

/** What happens to the executors of a node, as somebody says from outside. */
public final class EngineFaults {
    /** The next step kills the engine's thread. */
    static final String DIE = "die";
    /** The next step reads memory that is not there, as a bug in a kernel would: SIGSEGV ends the process. */
    static final String CRASH = "crash";
    /** The heap is full for ten seconds. */
    static final String EXHAUST = "exhaust";
    /** Each step takes five times as long. */
    public static final String SLOW = "slow";
    /** Nothing happens any more. */
    public static final String HEAL = "heal";

    private static final Duration EXHAUSTED = Duration.ofSeconds(10);
    private static final int SLOWNESS = 5;

    private final AtomicReference<String> next = new AtomicReference<>(HEAL);
    private volatile boolean slow;

    /** @param command one of the constants here */
    void obey(String command) {
        switch (command) {
            case DIE, CRASH -> next.set(command);
            case EXHAUST -> Thread.ofPlatform().name("exhaust").start(EngineFaults::exhaust);
            case SLOW -> slow = true;
            case HEAL -> slow = false;
            default -> throw new IllegalArgumentException("there is no fault " + command);
        }
    }

    ModelExecutor wrap(ModelExecutor executor) {
        return new FaultyExecutor(executor, this);
    }

    private record FaultyExecutor(ModelExecutor executor, EngineFaults faults) implements ModelExecutor {
        @Override
        public ExecutorInfo info() {
            return executor.info();
        }

        @Override
        public StepHandle submit(StepPlan plan) {
            faults.beforeStep();
            long begin = System.nanoTime();
            StepHandle step = executor.submit(plan);
            return () -> {
                StepResult result = step.await();
                faults.afterStep(begin);
                return result;
            };
        }

        @Override
        public void close() {
            executor.close();
        }
    }

    @SuppressWarnings("restricted") // the crash is what is wanted
    private void beforeStep() {
        switch (next.getAndSet(HEAL)) {
            case DIE -> throw new IllegalStateException("an injected fault");
            case CRASH -> MemorySegment.NULL.reinterpret(Long.BYTES).set(ValueLayout.JAVA_LONG, 0, 1);
            default -> {
                // It computes.
            }
        }
    }

    private void afterStep(long beginNanos) {
        if (slow) {
            long now = System.nanoTime();
            long end = now + (SLOWNESS - 1) * (now - beginNanos);
            for (long left = end - now; left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    private static void exhaust() {
        List<byte[]> taken = new ArrayList<>();
        int size = 1 << 20;
        while (size > 0) {
            try {
                taken.add(new byte[size]);
            } catch (OutOfMemoryError e) {
                size /= 2;
            }
        }
        LockSupport.parkNanos(EXHAUSTED.toNanos());
        System.out.println("gives back " + taken.size() + " arrays");
    }
}
