package troupe.cluster.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import troupe.actors.WorkerId;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;
import troupe.engine.SpeedMeter;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.StepPlan;
import troupe.engine.kv.KvChanges;
import troupe.engine.scheduler.Scheduler;

/**
 * A worker whose scheduler and block pool are the real ones and whose steps take the time that its speed says. An idle one
 * plans no events.
 *
 * <pre>
 *   idle --submit--> computing --step ends, nothing left--> idle
 *                     ^------- step ends, work left -------'
 * </pre>
 */
final class SimulatedWorker {
    /** Hears what a real worker's gateways would hear, without the time that messages take. */
    interface Listener {
        /** A step has ended. */
        void onStep(SimulatedWorker worker, List<EngineEvent> events, EngineStats stats, KvChanges cache);

        /** The regular report of a worker whose figures have changed since the last one. */
        void onLoad(SimulatedWorker worker, EngineStats stats);
    }

    private final WorkerId id;
    private final ExecutorInfo info;
    private final EngineSpeed speed;
    private final EventQueue events;
    private final long heartbeatNanos;
    private final long heartbeatPhase;
    private final Listener listener;
    private final Scheduler scheduler;
    private final SpeedMeter meter = new SpeedMeter();
    private final List<EngineRequest> inbox = new ArrayList<>();
    private boolean computing;
    private boolean reportPlanned;
    /** As of the last step, as a real engine says it. */
    private EngineStats stats;

    private long steps;

    /** @param heartbeatPhase when within an interval the regular reports come, nanos */
    SimulatedWorker(WorkerId id, SimulatedCluster cluster, EventQueue events, long heartbeatPhase, Listener listener) {
        this.id = id;
        this.info = cluster.executor();
        this.speed = cluster.speed();
        this.events = events;
        this.heartbeatNanos = cluster.heartbeatNanos();
        this.heartbeatPhase = heartbeatPhase;
        this.listener = listener;
        scheduler = new Scheduler(info, cluster.limits());
        stats = scheduler.stats();
    }

    WorkerId id() {
        return id;
    }

    ExecutorInfo info() {
        return info;
    }

    long steps() {
        return steps;
    }

    /** A request has arrived. */
    void submit(EngineRequest request) {
        inbox.add(request);
        if (!computing) {
            step();
        }
    }

    private void step() {
        long now = events.now();
        for (EngineRequest request : inbox) {
            scheduler.add(request, now);
        }
        inbox.clear();
        Optional<StepPlan> plan = scheduler.schedule(now);
        computing = plan.isPresent();
        if (plan.isPresent()) {
            steps++;
            StepPlan step = plan.get();
            double seconds = speed.seconds(scheduler.prefillTokens(), scheduler.decodeTokens());
            long nanos = Math.max(1, Math.round(seconds * 1e9));
            events.after(nanos, () -> finish(step, nanos));
        }
    }

    private void finish(StepPlan plan, long nanos) {
        meter.step(scheduler.prefillTokens(), scheduler.decodeTokens(), nanos);
        scheduler.commit(SyntheticTokens.draw(plan, info.vocabularySize()));
        stats = scheduler.stats().withSpeed(meter.speed());
        listener.onStep(this, scheduler.takeEvents(), stats, scheduler.takeCacheChanges());
        planReport();
        if (scheduler.hasWork() || !inbox.isEmpty()) {
            step();
        } else {
            computing = false;
        }
    }

    private void planReport() {
        if (!reportPlanned) {
            reportPlanned = true;
            long sinceLast = Math.floorMod(events.now() - heartbeatPhase, heartbeatNanos);
            events.after(heartbeatNanos - sinceLast, () -> {
                reportPlanned = false;
                listener.onLoad(this, stats);
            });
        }
    }

    /** Checks the books of scheduler and pool; throws IllegalStateException that names what is wrong. */
    void verify() {
        scheduler.verify();
    }
}
