package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.StubModel;

class BatcherTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Duration LONG = Duration.ofSeconds(20);

    private final TestProbe<Gateway.Command> gateway = KIT.createTestProbe();
    private final TestProbe<Sequence.Command> owner = KIT.createTestProbe();
    private final TestProbe<Sequence.Command> suspect = KIT.createTestProbe();
    private volatile boolean hangs;
    private final LinkedBlockingQueue<ControlAddress> controls = new LinkedBlockingQueue<>();
    private final List<SilentEngine> engines = Collections.synchronizedList(new ArrayList<>());

    /** Takes everything and never makes a step. */
    private final class SilentEngine implements EngineHandle {
        final LinkedBlockingQueue<AttemptKey> cancelled = new LinkedBlockingQueue<>();
        final CountDownLatch mayClose = new CountDownLatch(hangs ? 1 : 0);
        volatile boolean closed;

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
            return Admission.ACCEPTED;
        }

        @Override
        public void cancel(AttemptKey attempt) {
            cancelled.add(attempt);
        }

        @Override
        public EngineStats stats() {
            return new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
        }

        @Override
        public void close() {
            try {
                mayClose.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            closed = true;
        }
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldReplaceAnEngineThatMakesNoStepsThoughItHasWork() {
        ActorRef<Batcher.Command> batcher = start(Duration.ofMillis(200), listener -> {});
        assertEquals(1, up().worker().incarnation());
        batcher.tell(submit(key("a")));

        Gateway.WorkerDown down = fish(Gateway.WorkerDown.class);
        assertEquals(1, down.worker().incarnation());
        assertEquals(DeathCause.HUNG, down.cause());
        assertEquals(2, up().worker().incarnation());
        assertTrue(engines.get(0).closed);
    }

    @Test
    void shouldStartNoEngineBeforeTheLastOneHasClosed() {
        hangs = true;
        ActorRef<Batcher.Command> batcher = start(Duration.ofMillis(100), listener -> {});
        up();
        batcher.tell(submit(key("a")));
        assertEquals(DeathCause.HUNG, fish(Gateway.WorkerDown.class).cause());
        // Many times as long as it was given for a step.
        gateway.expectNoMessage(Duration.ofSeconds(1));
        assertEquals(1, engines.size());
        engines.getFirst().mayClose.countDown();
        assertEquals(2, up().worker().incarnation());
        assertTrue(engines.getFirst().closed);
        engines.getLast().mayClose.countDown();
    }

    @Test
    void shouldTellAnOwnerThatAsksForAnAttemptThatIsNotHere() {
        ActorRef<Batcher.Command> batcher = start(LONG, listener -> {});
        up();
        batcher.tell(submit(new AttemptKey("a", 2, 0, 0)));
        owner.expectMessageClass(Sequence.Admitted.class);

        AttemptKey superseded = new AttemptKey("a", 1, 3, 0);
        batcher.tell(new Batcher.Resend(superseded, 5, owner.ref()));
        owner.expectMessage(new Sequence.Admitted(superseded, Admission.SUPERSEDED));
        AttemptKey unknown = key("b");
        batcher.tell(new Batcher.Resend(unknown, 5, owner.ref()));
        owner.expectMessage(new Sequence.Dropped(unknown));
    }

    @Test
    void shouldReplaceAnEngineThatDiesBeforeItIsKnownToRun() {
        AtomicLong starts = new AtomicLong();
        start(LONG, listener -> {
            if (starts.incrementAndGet() == 1) {
                listener.onDeath(new IllegalStateException("no memory"));
            }
        });
        assertEquals(2, up().worker().incarnation());
    }

    @Test
    void shouldStartAgainWhenAnEngineDoesNotStart() {
        AtomicLong starts = new AtomicLong();
        start(LONG, listener -> {
            if (starts.incrementAndGet() < 3) {
                throw new IllegalStateException("no weights");
            }
        });
        assertEquals(3, up().worker().incarnation());
    }

    @Test
    void shouldCancelTheAttemptsOfAnOwnerThatIsGoneAndOfASupersededOne() throws InterruptedException {
        ActorRef<Batcher.Command> batcher = start(LONG, listener -> {});
        up();
        batcher.tell(submit(key("a")));
        batcher.tell(submit(new AttemptKey("a", 1, 1, 0)));
        assertEquals(key("a"), engines.get(0).cancelled.take());
        owner.stop();
        assertEquals(new AttemptKey("a", 1, 1, 0), engines.get(0).cancelled.take());
    }

    @Test
    void shouldSayThatAFailedStepWasTheEnginesEnd() {
        AtomicReference<EngineListener> engine = new AtomicReference<>();
        start(LONG, engine::set);
        up();
        engine.get().onDeath(new IllegalStateException("no such token"));
        assertEquals(DeathCause.ENGINE_FAILURE, fish(Gateway.WorkerDown.class).cause());
        up();
        engine.get().onDeath(new OutOfMemoryError());
        assertEquals(DeathCause.OUT_OF_MEMORY, fish(Gateway.WorkerDown.class).cause());
    }

    @Test
    void shouldKeepItsEngineForASuspectOnceItIsIdle() {
        ActorRef<Batcher.Command> batcher = start(LONG, listener -> {});
        up();
        batcher.tell(submit(key("a")));
        assertEquals(
                Admission.ACCEPTED,
                owner.expectMessageClass(Sequence.Admitted.class).admission());
        batcher.tell(new Batcher.Reserve(key("suspect"), true, suspect.ref()));
        assertFalse(suspect.expectMessageClass(Sequence.Reserved.class).granted());
        batcher.tell(submit(key("b")));
        assertEquals(
                Admission.RESERVED,
                owner.expectMessageClass(Sequence.Admitted.class).admission());

        batcher.tell(new Batcher.Cancel(key("a")));
        batcher.tell(new Batcher.Reserve(key("suspect"), true, suspect.ref()));
        assertTrue(suspect.expectMessageClass(Sequence.Reserved.class).granted());
        batcher.tell(submit(key("suspect"), suspect.ref()));
        assertEquals(
                Admission.ACCEPTED,
                suspect.expectMessageClass(Sequence.Admitted.class).admission());
        batcher.tell(new Batcher.Release("suspect"));
        batcher.tell(submit(key("b")));
        assertEquals(
                Admission.ACCEPTED,
                owner.expectMessageClass(Sequence.Admitted.class).admission());
    }

    @Test
    void shouldKeepItsEngineForNoSuspectThatIsGone() {
        ActorRef<Batcher.Command> batcher = start(LONG, listener -> {});
        up();
        batcher.tell(new Batcher.Reserve(key("suspect"), false, suspect.ref()));
        assertTrue(suspect.expectMessageClass(Sequence.Reserved.class).granted());
        suspect.stop();
        Admission answer = Admission.RESERVED;
        while (answer == Admission.RESERVED) {
            batcher.tell(submit(key("a")));
            answer = owner.expectMessageClass(Sequence.Admitted.class).admission();
        }
        assertEquals(Admission.ACCEPTED, answer);
    }

    @Test
    void shouldPassOnWhereAGatewayTakesControlConnections() throws InterruptedException {
        ActorRef<Batcher.Command> batcher = start(LONG, listener -> {});
        Gateway.WorkerUp up = up();
        assertEquals(new ProcessId("10.0.0.1:2551", 5, 77), up.process());
        ControlAddress control = new ControlAddress("10.0.0.2", 4_000, "token");
        batcher.tell(new Batcher.Registered(up.worker(), control, gateway.ref()));
        assertEquals(control, controls.take());
    }

    @Test
    void shouldTellAGatewayItsLoadAsSoonAsItIsRegistered() {
        ActorRef<Batcher.Command> batcher = start(LONG, LONG, listener -> {});
        Gateway.WorkerUp up = up();
        batcher.tell(new Batcher.Registered(up.worker(), null, gateway.ref()));
        assertEquals(
                up.worker(),
                gateway.expectMessageClass(Gateway.WorkerLoad.class).worker());
    }

    private ActorRef<Batcher.Command> start(Duration silenceLimit, Consumer<EngineListener> onStart) {
        return start(silenceLimit, Duration.ofMillis(50), onStart);
    }

    private ActorRef<Batcher.Command> start(
            Duration silenceLimit, Duration heartbeatInterval, Consumer<EngineListener> onStart) {
        return KIT.spawn(Batcher.create(new Batcher.Shared(
                "worker",
                new ProcessId("10.0.0.1:2551", 5, 77),
                controls::add,
                new ModelId("stub", "sha", "words"),
                Protocol.CURRENT,
                listener -> {
                    onStart.accept(listener);
                    SilentEngine engine = new SilentEngine();
                    engines.add(engine);
                    return engine;
                },
                (worker, report) -> {},
                silenceLimit,
                heartbeatInterval,
                ForkJoinPool.commonPool(),
                System::nanoTime,
                new AtomicLong()::incrementAndGet,
                Set.of(gateway.ref()))));
    }

    private Gateway.WorkerUp up() {
        WorkerId last = lastUp;
        while (true) {
            Gateway.WorkerUp up = fish(Gateway.WorkerUp.class);
            if (!up.worker().equals(last)) {
                lastUp = up.worker();
                return up;
            }
        }
    }

    private WorkerId lastUp = new WorkerId("none", 0);

    private <T extends Gateway.Command> T fish(Class<T> type) {
        while (true) {
            Gateway.Command command = gateway.receiveMessage(LONG);
            if (type.isInstance(command)) {
                return type.cast(command);
            }
        }
    }

    private Batcher.Submit submit(AttemptKey attempt) {
        return submit(attempt, owner.ref());
    }

    private Batcher.Submit submit(AttemptKey attempt, ActorRef<Sequence.Command> from) {
        return new Batcher.Submit(
                attempt,
                new RequestTag("request", null),
                TokenIds.of(1),
                TokenIds.EMPTY,
                SamplingParams.greedy(5),
                1,
                0,
                LONG.toNanos(),
                "",
                Tenant.NONE,
                from,
                gateway.ref());
    }

    private static AttemptKey key(String sequence) {
        return new AttemptKey(sequence, 1, 0, 0);
    }
}
