package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.EngineHandle;
import troupe.actors.admin.AdminException;
import troupe.actors.admin.ClusterEvent;
import troupe.actors.admin.ClusterView;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;

class SingleNodeAdminTest {
    private static final EngineStats STATS = new EngineStats(2, 1, 9, 30, 5, 100, 7, 40, 10, 0, 40, 50);

    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);
    private final EventLog events = new EventLog(Clock.systemUTC());
    private final List<StepReport> heard = new ArrayList<>();
    private @Nullable EngineListener engine;
    private boolean broken;
    private final WatchedReplica replica = new WatchedReplica(
            "worker-0-0",
            "m",
            listener -> {
                if (broken) {
                    throw new IllegalStateException("no device");
                }
                engine = listener;
                return new FixedEngine();
            },
            events,
            nanos::get);
    private final SingleNodeAdmin admin =
            new SingleNodeAdmin(new SingleNodeAdmin.Facts("m", "ab", "127.0.0.1:2551", 2, 300, 100), replica, events);

    @Test
    void shouldShowTheReplicaAsItsEngineIs() {
        assertEquals(ClusterView.ReplicaStatus.ASSIGNED, shown().status());
        replica.start(new Listener());
        ClusterView.Replica ready = shown();
        assertEquals(ClusterView.ReplicaStatus.READY, ready.status());
        assertEquals(2, ready.running());
        assertEquals(30, ready.kvBlocksUsed());
        assertEquals(0.25, ready.cacheHitRate());
        assertEquals(1, admin.view().deployments().getFirst().ready());

        step(20);
        nanos.addAndGet(1_000_000_000L);
        step(50);
        nanos.addAndGet(1_000_000_000L);
        assertEquals(50 / 5.0, shown().tokensPerSecond());
        assertEquals(2, heard.size());
    }

    @Test
    void shouldShowAnEngineThatDiesAndTheOneThatFollows() {
        replica.start(new Listener());
        step(20);
        listener().onDeath(new IllegalStateException("the device is gone"));
        ClusterView.Replica failed = shown();
        assertEquals(ClusterView.ReplicaStatus.FAILED, failed.status());
        assertEquals("died: java.lang.IllegalStateException: the device is gone", failed.message());
        assertEquals(0, failed.running());
        assertEquals(0, admin.view().deployments().getFirst().ready());

        replica.start(new Listener());
        assertEquals(ClusterView.ReplicaStatus.READY, shown().status());
        // The new engine counts from the beginning.
        step(5);
        nanos.addAndGet(1_000_000_000L);
        assertEquals(25 / 5.0, shown().tokensPerSecond());
        assertEquals(
                List.of("joined", "ready", "lost", "ready"),
                admin.eventsAfter(0).stream().map(ClusterEvent::kind).toList());
        assertEquals(4, admin.eventsAfter(3).getFirst().number());
    }

    @Test
    void shouldShowAnEngineThatDoesNotStart() {
        broken = true;
        assertThrows(IllegalStateException.class, () -> replica.start(new Listener()));
        assertEquals(ClusterView.ReplicaStatus.FAILED, shown().status());
        assertEquals("did not start: java.lang.IllegalStateException: no device", shown().message());
    }

    @Test
    void shouldRefuseEveryChange() {
        for (CompletionStage<Void> wish :
                List.of(admin.deploy("m", 1, 0), admin.scale("m", 2), admin.unload("m"), admin.drain("node-0", true))) {
            CompletionException e = assertThrows(
                    CompletionException.class, () -> wish.toCompletableFuture().join());
            AdminException refusal = assertInstanceOf(AdminException.class, e.getCause());
            assertEquals(AdminException.Kind.UNAVAILABLE, refusal.kind());
        }
    }

    @Test
    void shouldKeepTheLatestEvents() {
        for (int i = 0; i < EventLog.MOST; i++) {
            events.add("ready", "r", "text");
        }
        List<ClusterEvent> all = admin.eventsAfter(0);
        assertEquals(EventLog.MOST, all.size());
        assertEquals(2, all.getFirst().number());
    }

    private ClusterView.Replica shown() {
        return admin.view().nodes().getFirst().replicas().getFirst();
    }

    private EngineListener listener() {
        EngineListener started = engine;
        if (started == null) {
            throw new AssertionError("no engine has been started");
        }
        return started;
    }

    private void step(long generated) {
        EngineStats stats = new EngineStats(1, 0, 0, 0, 0, 100, 1, 0, 0, 0, 0, generated);
        listener().onStep(new StepReport(List.of(), stats, 0, 1, 1));
    }

    private final class Listener implements EngineListener {
        @Override
        public void onStep(StepReport report) {
            heard.add(report);
        }

        @Override
        public void onDeath(Throwable cause) {}
    }

    private static final class FixedEngine implements EngineHandle {
        @Override
        public ExecutorInfo info() {
            return new ExecutorInfo("m", "n", "k", 10, 20, TokenIds.EMPTY, 16, 100, 1_024);
        }

        @Override
        public Admission submit(EngineRequest request) {
            return Admission.CLOSED;
        }

        @Override
        public void cancel(AttemptKey attempt) {}

        @Override
        public EngineStats stats() {
            return STATS;
        }

        @Override
        public void close() {}
    }
}
