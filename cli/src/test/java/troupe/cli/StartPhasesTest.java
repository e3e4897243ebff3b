package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StartPhasesTest {
    private final AtomicLong nanos = new AtomicLong();
    private final StartPhases phases = new StartPhases(nanos::get);

    private String work(long millis) {
        nanos.addAndGet(millis * 1_000_000);
        return "done";
    }

    @Test
    void shouldTellHowLongEachPhaseTookInTheirOrder() {
        phases.add("JVM", 300);
        assertEquals("done", phases.measure("settings", () -> work(40)));
        phases.measure("HTTP", () -> work(1234));
        assertEquals("JVM 300 ms, settings 40 ms, HTTP 1,234 ms", phases.toString());
    }

    @Test
    void shouldTellApartWhatOtherThreadsDidMeanwhile() throws InterruptedException {
        Thread other = Thread.ofPlatform().start(() -> phases.measure("weights", () -> work(7)));
        other.join();
        phases.measure("cluster node", () -> work(5));
        assertEquals("cluster node 5 ms; beside these: weights 7 ms", phases.toString());
    }

    @Test
    void shouldMeasureAPhaseThatFailsAndPassItsFailureOn() {
        assertThrows(
                IOException.class,
                () -> phases.measure("model", () -> {
                    work(3);
                    throw new IOException("no such file");
                }));
        assertEquals("model 3 ms", phases.toString());
    }
}
