package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class OsThreadTest {
    @Test
    void shouldReadHowLongAThreadWaitedAndWhereItRan() {
        String stat =
                "42 (a (strange) name) R 1 42 42 0 -1 4194304 9 0 0 0 10 2 700 800 20 0 9 0 5 6 7 8 9 10 11 12 13 14"
                        + " 15 16 17 18 19 20 17 3 0 0";
        assertEquals(new OsThread.Sample(222, 3), OsThread.of("111 222 333\n", stat));
    }

    @Test
    void shouldRunWhereItIsTold() throws InterruptedException, ExecutionException {
        FutureTask<Void> task = new FutureTask<>(() -> OsThread.current().ifPresent(OsThreadTest::visitAll), null);
        Thread.ofPlatform().start(task);
        task.get();
    }

    /** On a thread of its own, which ends with what it was told. */
    private static void visitAll(OsThread self) {
        Optional<ProcessorTime> time = ProcessorTime.now();
        BitSet allowed = time.map(ProcessorTime::processors).orElseGet(BitSet::new);
        allowed.stream().forEach(processor -> {
            BitSet one = new BitSet();
            one.set(processor);
            if (self.runOn(one)) {
                assertEquals(processor, self.sample().orElseThrow().processor());
            }
        });
        assertTrue(allowed.isEmpty() || self.sample().isPresent());
    }
}
