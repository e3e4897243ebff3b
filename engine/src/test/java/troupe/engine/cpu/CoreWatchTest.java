package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoreWatchTest {
    @Test
    void shouldHaveThreadsPauseOnlyWhileOthersWork() {
        AtomicInteger foreignPercent = new AtomicInteger(100); // of one of two processors
        AtomicInteger samples = new AtomicInteger();
        AtomicInteger busy = new AtomicInteger();
        BitSet both = new BitSet();
        both.set(0, 2);
        try (CoreWatch watch = new CoreWatch(2, () -> {
            int total = samples.incrementAndGet() * 200;
            return Optional.of(new ProcessorTime(both, total, busy.addAndGet(foreignPercent.get()), 0));
        })) {
            watch.start();
            awaitThreads(watch, 1);
            foreignPercent.set(0);
            awaitThreads(watch, 2);
        }
    }

    @Test
    void shouldHaveNoThreadPauseWhereThereAreNoCounters() {
        try (CoreWatch watch = new CoreWatch(3, Optional::empty)) {
            watch.start();
            assertEquals(3, watch.stepBegins());
        }
    }

    private static void awaitThreads(CoreWatch watch, int threads) {
        while (watch.stepBegins() != threads) {
            Thread.onSpinWait();
        }
    }
}
