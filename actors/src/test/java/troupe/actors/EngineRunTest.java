package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.testing.StubModel;

class EngineRunTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final Executor later = tasks::add;
    private final List<String> log = new ArrayList<>();

    private final class LoggedEngine implements EngineHandle {
        @Override
        public ExecutorInfo info() {
            return StubModel.info(64, 16, 8);
        }

        @Override
        public int maxSequences() {
            return 4;
        }

        @Override
        public Admission submit(EngineRequest request) {
            return Admission.FULL;
        }

        @Override
        public void cancel(AttemptKey attempt) {}

        @Override
        public EngineStats stats() {
            return new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
        }

        @Override
        public void close() {
            log.add("closed");
        }
    }

    @Test
    void shouldCloseARunningEngineOffTheCallersThread() {
        EngineRun run = start(NOTHING);
        work();
        CompletableFuture<Void> closed = run.close(PATIENCE);
        assertEquals(List.of("started"), log);
        work();
        assertTrue(closed.isDone());
        assertEquals(List.of("started", "closed"), log);
    }

    @Test
    void shouldNotStartAnEngineThatWasClosedBefore() {
        EngineRun run = start(NOTHING);
        assertTrue(run.close(PATIENCE).isDone());
        work();
        assertEquals(List.of(), log);
        assertThrows(
                CompletionException.class,
                () -> run.started().toCompletableFuture().join());
    }

    @Test
    void shouldCloseAnEngineWhoseStartIsUnderWayWhenItHasStarted() {
        List<CompletableFuture<Void>> closed = new ArrayList<>();
        List<EngineRun> run = new ArrayList<>();
        run.add(EngineRun.start(
                NOTHING,
                Duration.ZERO,
                () -> {
                    closed.add(run.get(0).close(PATIENCE));
                    return engine();
                },
                later));
        work();
        assertTrue(closed.get(0).isDone());
        assertEquals(List.of("started", "closed"), log);
    }

    @Test
    void shouldStartAfterTheEndOfTheOneBeforeHoweverThatWent() {
        CompletableFuture<Void> before = new CompletableFuture<>();
        start(before);
        work();
        assertEquals(List.of(), log);
        before.completeExceptionally(new IllegalStateException("it hangs"));
        work();
        assertEquals(List.of("started"), log);
    }

    @Test
    void shouldHaveNothingToCloseWhenTheStartFails() {
        EngineRun run = EngineRun.start(
                NOTHING,
                Duration.ZERO,
                () -> {
                    throw new IllegalStateException("no weights");
                },
                later);
        work();
        CompletableFuture<Void> closed = run.close(PATIENCE);
        work();
        assertTrue(closed.isDone());
        assertFalse(closed.isCompletedExceptionally());
    }

    private EngineRun start(CompletableFuture<Void> after) {
        return EngineRun.start(after, Duration.ZERO, this::engine, later);
    }

    private EngineHandle engine() {
        log.add("started");
        return new LoggedEngine();
    }

    private void work() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }
}
