package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LastResortTest {
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    @Test
    @Timeout(60)
    void shouldEndWhatHasBegunToEndAndNotEndedInTime() {
        LastResort resort = LastResort.after(Duration.ofMillis(1), () -> ended.complete(null));
        resort.begin();
        ended.join();
    }

    @Test
    void shouldLeaveAloneWhatHasNotBegunToEnd() throws InterruptedException {
        LastResort.after(Duration.ZERO, () -> ended.complete(null));
        Thread.sleep(200);
        assertFalse(ended.isDone());
    }
}
