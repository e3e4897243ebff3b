package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import troupe.cluster.simulation.EventQueue;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.EngineStats;
import troupe.engine.StepReport;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.StepPlan;
import troupe.engine.scheduler.Scheduler;
import troupe.engine.scheduler.SchedulerLimits;

/**
 * An engine in virtual time: production's scheduler, block pool and prefix cache, and what production's engine does around
 * them, with tokens that are hashes.
 */
final class EngineModel {
    private final EventQueue events;
    private final Machine machine;
    private final Timing timing;
    private final int maxWaiting;
    /** Hears of every step at its end. */
    private final BiConsumer<EngineModel, StepReport> listener;

    private final Scheduler scheduler;
    private final ChainedTokens tokens;
    private final Set<AttemptKey> live = new HashSet<>();
    private List<EngineRequest> requests = new ArrayList<>();
    private Set<AttemptKey> cancellations = new LinkedHashSet<>();
    private int waiting;
    private boolean busy;
    private boolean stopped;
    private EngineStats stats;

    EngineModel(
            EventQueue events,
            Machine machine,
            Timing timing,
            ExecutorInfo info,
            SchedulerLimits limits,
            int maxWaiting,
            BiConsumer<EngineModel, StepReport> listener) {
        this.events = events;
        this.machine = machine;
        this.timing = timing;
        this.maxWaiting = maxWaiting;
        this.listener = listener;
        scheduler = new Scheduler(info, limits);
        tokens = new ChainedTokens(info);
        stats = scheduler.stats();
    }

    EngineStats stats() {
        return stats;
    }

    Admission submit(EngineRequest request) {
        if (live.contains(request.key())) {
            return Admission.ACCEPTED;
        }
        if (requests.size() + waiting >= maxWaiting) {
            return Admission.FULL;
        }
        live.add(request.key());
        requests.add(request);
        wake();
        return Admission.ACCEPTED;
    }

    void cancel(AttemptKey key) {
        if (live.contains(key)) {
            cancellations.add(key);
            wake();
        }
    }

    /** It makes no step any more, whether it is dead or hangs. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isIdle() {
        return !scheduler.hasWork() && requests.isEmpty() && cancellations.isEmpty();
    }

    /** Throws IllegalStateException that names what is wrong with the books. */
    void verify() {
        scheduler.verify();
    }

    private void wake() {
        if (!busy) {
            busy = true;
            machine.after(0, this::step);
        }
    }

    private void step() {
        if (stopped) {
            return;
        }
        long now = events.now();
        requests.forEach(request -> scheduler.add(request, now));
        cancellations.forEach(scheduler::cancel);
        waiting += requests.size();
        requests = new ArrayList<>();
        cancellations = new LinkedHashSet<>();
        Optional<StepPlan> plan = scheduler.schedule(now);
        waiting = scheduler.waiting();
        if (plan.isEmpty()) {
            finish(0);
            return;
        }
        double seconds = timing.speed().seconds(scheduler.prefillTokens(), scheduler.decodeTokens());
        long nanos = Math.max(1, Math.round(seconds * 1e9));
        machine.after(nanos, () -> {
            if (!stopped) {
                scheduler.commit(tokens.compute(plan.get()));
                finish(nanos);
            }
        });
    }

    private void finish(long nanos) {
        List<EngineEvent> happened = scheduler.takeEvents();
        stats = scheduler.stats();
        for (EngineEvent event : happened) {
            if (event instanceof EngineEvent.Terminal) {
                live.remove(event.key());
            }
        }
        busy = false;
        if (nanos > 0 || !happened.isEmpty()) {
            listener.accept(
                    this,
                    new StepReport(
                            happened,
                            stats,
                            scheduler.prefillTokens(),
                            scheduler.decodeTokens(),
                            scheduler.takeCacheChanges(),
                            nanos));
        }
        if (!isIdle()) {
            wake();
        }
    }
}
