package troupe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.engine.testing.Requests.prompt;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.conf.EngineSettings;
import troupe.engine.EngineEvent.FailureReason;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.StepPlan;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.Gate;
import troupe.engine.testing.RecordingListener;
import troupe.engine.testing.Requests;
import troupe.engine.testing.StubExecutor;
import troupe.engine.testing.StubModel;

@Timeout(60)
class EngineTest {
    private static final int MAX_WAITING = 4;
    private static final int CLIENTS = 4;

    private final RecordingListener heard = new RecordingListener();
    private final Gate gate = new Gate();
    private final AtomicLong clock = new AtomicLong();
    private final List<Engine> engines = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void closeEngines() {
        gate.open();
        engines.forEach(Engine::close);
        threads.close();
    }

    @Test
    void shouldGiveTheSameTokensWhateverBatchBudgetAndPool() {
        ExecutorInfo reference = StubModel.info(64, 4, 16);
        List<EngineRequest> requests = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            requests.add(request("s" + i, 1 + i % 3, 5 + 3 * i, 20));
        }
        long preemptions = 0;
        long prefixHits = 0;
        for (int budget : new int[] {1, 7, 64}) {
            for (int blockTokens : new int[] {1, 4, 16}) {
                RecordingListener listener = new RecordingListener();
                StubExecutor executor = new StubExecutor(StubModel.info(64, blockTokens, 64 / blockTokens));
                Engine engine = start(executor, settings(budget, 5, 100), listener);
                requests.forEach(request -> assertEquals(Admission.ACCEPTED, engine.submit(request)));
                for (EngineRequest request : requests) {
                    assertInstanceOf(EngineEvent.Finished.class, listener.awaitEnd(request.key()));
                    assertEquals(StubModel.expectedOutput(reference, request), listener.tokens(request.key()));
                }
                preemptions += engine.stats().preemptions();
                prefixHits += engine.stats().prefixHits();
            }
        }
        assertTrue(preemptions > 0, "the pool is small enough to preempt");
        assertTrue(prefixHits > 0, "the cache is used");
    }

    @Test
    void shouldGoOnInAnotherEngineWithTheSameTokensWhereOneDied() {
        EngineRequest request = request("a", 1, 10, 20);
        RecordingListener first = new RecordingListener();
        Engine dying = start(executor(plan -> failAt(plan, 6)), settings(64, 4, MAX_WAITING), first);
        dying.submit(request);
        first.awaitDeath();
        TokenIds soFar = first.tokens(request.key());
        assertEquals(6, soFar.size());
        Engine second = start(executor(plan -> {}), settings(64, 4, MAX_WAITING), heard);
        EngineRequest resumed = Requests.resumed(request, soFar);
        second.submit(resumed);
        heard.awaitEnd(resumed.key());
        TokenIds expected = StubModel.expectedOutput(StubModel.info(64, 4, 32), request);
        assertEquals(expected.slice(6, 20), heard.tokens(resumed.key()));
    }

    @Test
    void shouldRefuseAtOnceWhenAsManyWaitAsMayWait() {
        Engine engine = blocked(1);
        for (int i = 0; i < MAX_WAITING; i++) {
            assertEquals(Admission.ACCEPTED, engine.submit(request("w" + i, 1, 5, 2)));
        }
        assertEquals(Admission.FULL, engine.submit(request("one more", 1, 5, 2)));
        gate.open();
        heard.awaitEnd(request("w3", 1, 5, 2).key());
        assertEquals(Admission.ACCEPTED, engine.submit(request("one more", 1, 5, 2)));
        heard.awaitEnd(request("one more", 1, 5, 2).key());
    }

    @Test
    void shouldTakeARepeatedKeyForTheSameAttempt() {
        Engine engine = blocked(1);
        EngineRequest request = request("a", 1, 5, 3);
        for (int i = 0; i < 2 * MAX_WAITING; i++) {
            assertEquals(Admission.ACCEPTED, engine.submit(request));
        }
        gate.open();
        heard.awaitEnd(request.key());
        engine.close();
        assertEquals(1, heard.ends(request.key()));
        assertEquals(3, heard.tokens(request.key()).size());
    }

    @Test
    void shouldCancelWaitingAndRunningAttempts() {
        Engine engine = blocked(1);
        EngineRequest waiting = request("a", 1, 5, 3);
        engine.submit(waiting);
        engine.cancel(waiting.key());
        engine.cancel(waiting.key());
        engine.cancel(BLOCKER.key());
        engine.cancel(new AttemptKey("nobody", 0, 0, 0));
        gate.open();
        assertInstanceOf(EngineEvent.Cancelled.class, heard.awaitEnd(waiting.key()));
        assertInstanceOf(EngineEvent.Cancelled.class, heard.awaitEnd(BLOCKER.key()));
        engine.close();
        assertEquals(1, heard.ends(waiting.key()));
        assertEquals(0, engine.stats().usedBlocks());
    }

    @Test
    void shouldCancelTheEarlierAttemptWhenALaterOneComes() {
        Engine engine = blocked(4);
        EngineRequest later = Requests.resumed(BLOCKER, TokenIds.EMPTY);
        engine.submit(later);
        gate.open();
        assertInstanceOf(EngineEvent.Cancelled.class, heard.awaitEnd(BLOCKER.key()));
        assertInstanceOf(EngineEvent.Finished.class, heard.awaitEnd(later.key()));
    }

    @Test
    void shouldFailAnAttemptPastItsDeadline() {
        Engine engine = blocked(1);
        EngineRequest late = Requests.withDeadline(request("late", 1, 5, 3), 1_000);
        engine.submit(late);
        clock.set(1_000);
        gate.open();
        EngineEvent.Failed failed = assertInstanceOf(EngineEvent.Failed.class, heard.awaitEnd(late.key()));
        assertEquals(FailureReason.DEADLINE, failed.reason());
    }

    @Test
    void shouldFailEveryAttemptWithClosedWhenItIsClosed() {
        Engine engine = blocked(1);
        EngineRequest waiting = request("a", 1, 5, 3);
        engine.submit(waiting);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(engine::close, threads);
        awaitClosedToSubmissions(engine);
        gate.open();
        closing.join();
        for (EngineRequest request : List.of(waiting, BLOCKER)) {
            EngineEvent.Failed failed = assertInstanceOf(EngineEvent.Failed.class, heard.awaitEnd(request.key()));
            assertEquals(FailureReason.CLOSED, failed.reason());
        }
        assertEquals(Admission.CLOSED, engine.submit(waiting));
    }

    @Test
    void shouldEndEveryAcceptedAttemptOnceWhenManyThreadsSubmitAndCancelAndOneCloses() throws InterruptedException {
        Engine engine = start(executor(plan -> {}), settings(16, 4, 50), heard);
        CountDownLatch busy = new CountDownLatch(CLIENTS);
        List<CompletableFuture<List<AttemptKey>>> clients = new ArrayList<>();
        for (int client = 0; client < CLIENTS; client++) {
            int number = client;
            clients.add(
                    CompletableFuture.supplyAsync(() -> submitUntilClosed(engine, "client" + number, busy), threads));
        }
        busy.await();
        engine.close();
        for (CompletableFuture<List<AttemptKey>> client : clients) {
            for (AttemptKey key : client.join()) {
                assertEquals(1, heard.ends(key), () -> "terminal events of " + key);
            }
        }
    }

    private static List<AttemptKey> submitUntilClosed(Engine engine, String client, CountDownLatch busy) {
        List<AttemptKey> accepted = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            if (i == 500) {
                busy.countDown();
            }
            EngineRequest request = request(client + "/" + i, 1 + i % 7, 5 + i % 20, 3);
            Admission admission = engine.submit(request);
            if (admission == Admission.CLOSED) {
                break;
            }
            if (admission == Admission.ACCEPTED) {
                accepted.add(request.key());
            }
            if (i % 5 == 4) {
                engine.cancel(request.key());
            }
        }
        return accepted;
    }

    @Test
    void shouldCloseTheExecutorAndAllowClosingAgain() {
        StubExecutor executor = executor(plan -> {});
        Engine engine = start(executor, settings(64, 4, MAX_WAITING), heard);
        engine.close();
        engine.close();
        assertTrue(executor.isClosed());
    }

    @Test
    void shouldFinishWhatWasAcceptedWhenItDrains() {
        Engine engine = blocked(1);
        EngineRequest waiting = request("a", 1, 5, 3);
        engine.submit(waiting);
        CompletableFuture<Void> drained = engine.drain(Duration.ofHours(1)).toCompletableFuture();
        assertEquals(Admission.CLOSED, engine.submit(request("b", 1, 5, 3)));
        assertFalse(drained.isDone());
        gate.open();
        drained.join();
        assertInstanceOf(EngineEvent.Finished.class, heard.awaitEnd(waiting.key()));
        assertInstanceOf(EngineEvent.Finished.class, heard.awaitEnd(BLOCKER.key()));
    }

    @Test
    void shouldFailWhatIsLeftWhenTheDrainTakesTooLong() {
        Engine engine = blocked(1);
        CompletableFuture<Void> drained = engine.drain(Duration.ofSeconds(5)).toCompletableFuture();
        clock.set(Duration.ofSeconds(5).toNanos());
        gate.open();
        drained.join();
        EngineEvent.Failed failed = assertInstanceOf(EngineEvent.Failed.class, heard.awaitEnd(BLOCKER.key()));
        assertEquals(FailureReason.CLOSED, failed.reason());
    }

    @Test
    void shouldEndAtOnceWhenItDrainsIdle() {
        Engine engine = start(executor(plan -> {}), settings(64, 4, MAX_WAITING), heard);
        engine.drain(Duration.ofHours(1)).toCompletableFuture().join();
        assertEquals(Admission.CLOSED, engine.submit(request("b", 1, 5, 3)));
    }

    @Test
    void shouldTellOfItsDeathOnceAndOfNothingAfterwards() {
        IllegalStateException fault = new IllegalStateException("the device is gone");
        StubExecutor executor = executor(plan -> {
            throw fault;
        });
        Engine engine = start(executor, settings(64, 4, MAX_WAITING), heard);
        engine.submit(request("a", 1, 5, 3));
        assertSame(fault, heard.awaitDeath());
        engine.close();
        assertEquals(Admission.CLOSED, engine.submit(request("b", 1, 5, 3)));
        assertEquals(List.of(), heard.events());
        assertEquals(1, heard.deaths());
        assertTrue(executor.isClosed());
    }

    @Test
    void shouldDieOfAnErrorToo() {
        Engine engine = start(
                executor(plan -> {
                    throw new OutOfMemoryError("a stand-in");
                }),
                settings(64, 4, MAX_WAITING),
                heard);
        engine.submit(request("a", 1, 5, 3));
        assertInstanceOf(OutOfMemoryError.class, heard.awaitDeath());
    }

    @Test
    void shouldCallTheListenerOnItsOwnNamedThread() {
        Engine engine = start(executor(plan -> {}), settings(64, 4, MAX_WAITING), heard);
        EngineRequest request = request("a", 1, 5, 3);
        engine.submit(request);
        heard.awaitEnd(request.key());
        assertEquals("engine-under-test", heard.threadName());
        assertNotEquals(Thread.currentThread().getName(), heard.threadName());
    }

    @Test
    void shouldDieIfItsListenerThrows() {
        CompletableFuture<Throwable> death = new CompletableFuture<>();
        EngineListener throwing = new EngineListener() {
            @Override
            public void onStep(StepReport report) {
                throw new IllegalStateException("a listener's fault");
            }

            @Override
            public void onDeath(Throwable cause) {
                death.complete(cause);
            }
        };
        Engine engine = start(executor(plan -> {}), settings(64, 4, MAX_WAITING), throwing);
        engine.submit(request("a", 1, 5, 3));
        assertEquals("a listener's fault", death.join().getMessage());
    }

    @Test
    void shouldReportTheTokensOfEachStep() {
        Engine engine = start(executor(plan -> {}), settings(4, 4, MAX_WAITING), heard);
        EngineRequest request = request("a", 1, 5, 3);
        engine.submit(request);
        heard.awaitEnd(request.key());
        assertEquals(
                List.of(4, 1, 0, 0),
                heard.reports().stream().map(StepReport::prefillTokens).toList());
        assertEquals(
                List.of(0, 0, 1, 1),
                heard.reports().stream().map(StepReport::decodeTokens).toList());
    }

    @Test
    void shouldCountWhatItDid() {
        Engine engine = start(executor(plan -> {}), settings(64, 4, MAX_WAITING), heard);
        EngineRequest request = request("a", 1, 5, 3);
        engine.submit(request);
        heard.awaitEnd(request.key());
        EngineStats stats = engine.stats();
        assertEquals(3, stats.steps());
        assertEquals(5, stats.promptTokens());
        assertEquals(3, stats.generatedTokens());
        assertEquals(0, stats.running());
        assertEquals(0, stats.usedBlocks());
        assertEquals(1, stats.cachedBlocks());
    }

    private static final EngineRequest BLOCKER = request("blocker", 300, 4, 5);

    /** An engine whose first step, for {@link #BLOCKER}, waits for the gate. */
    private Engine blocked(int maxSequences) {
        Engine engine = start(executor(plan -> gate.pass()), settings(64, maxSequences, MAX_WAITING), heard);
        engine.submit(BLOCKER);
        gate.awaitArrival();
        return engine;
    }

    private static void awaitClosedToSubmissions(Engine engine) {
        while (engine.submit(BLOCKER) != Admission.CLOSED) {
            Thread.onSpinWait();
        }
    }

    private Engine start(StubExecutor executor, EngineSettings settings, EngineListener listener) {
        Engine engine = Engine.start("engine-under-test", executor, settings, clock::get, listener);
        engines.add(engine);
        return engine;
    }

    private static StubExecutor executor(Consumer<StepPlan> beforeStep) {
        return new StubExecutor(StubModel.info(64, 4, 32), beforeStep);
    }

    private static void failAt(StepPlan plan, long stepId) {
        if (plan.stepId() == stepId) {
            throw new IllegalStateException("killed");
        }
    }

    private static EngineSettings settings(int maxStepTokens, int maxSequences, int maxWaiting) {
        return new EngineSettings(1, "auto", 0, "f16", maxStepTokens, maxSequences, maxWaiting);
    }

    private static EngineRequest request(String name, int firstToken, int length, int maxTokens) {
        SamplingParams params =
                new SamplingParams(1f, 0, 1f, 0f, 1f, 0f, 0f, maxTokens, 0, true, TokenIds.EMPTY, -1, -1);
        return Requests.of(name, prompt(firstToken, length), params);
    }
}
