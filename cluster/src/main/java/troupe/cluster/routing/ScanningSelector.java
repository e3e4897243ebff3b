package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.admin.RoutingView;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/** A policy that looks at every worker, in the order in which they came up, and at no cache. */
abstract class ScanningSelector implements WorkerSelector {
    /** A worker that may be chosen. */
    record Worker(WorkerId id, ExecutorInfo info, WorkerLoad load) {
        boolean fits(Demand demand, boolean full) {
            String numericsId = demand.numericsId();
            return demand.model().equals(info.model())
                    && (full || load.hasRoom())
                    && (numericsId == null || numericsId.equals(info.numericsId()))
                    && !demand.avoid().contains(id);
        }
    }

    private final Map<WorkerId, Worker> workers = new LinkedHashMap<>();
    private final Reservations reservations = new Reservations();
    /** Its name, for people. */
    private final String policy;

    ScanningSelector(String policy) {
        this.policy = policy;
    }

    /** Chooses one of the workers, of which there is at least one. */
    abstract Worker choose(List<Worker> fitting, Demand demand);

    @Override
    public final void up(WorkerId id, ExecutorInfo info, int places) {
        down(id);
        workers.put(id, new Worker(id, info, new WorkerLoad(id, places)));
    }

    @Override
    public final void load(WorkerId id, EngineStats stats) {
        Worker worker = workers.get(id);
        if (worker != null) {
            worker.load().report(stats, reservations::forget);
        }
    }

    @Override
    public final void cached(WorkerId worker, KvChanges changes) {
        // What workers have cached does not matter here.
    }

    @Override
    public final void down(WorkerId id) {
        Worker worker = workers.remove(id);
        if (worker != null) {
            reservations.forget(worker.load());
        }
    }

    @Override
    public final boolean hasRoom(String model) {
        for (Worker worker : workers.values()) {
            if (worker.info().model().equals(model) && worker.load().hasRoom()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public final Optional<Selection> select(Demand demand, boolean full) {
        Reservation before = reservations.take(demand.attempt());
        if (before != null) {
            before.load.drop(before);
        }
        List<Worker> fitting = new ArrayList<>(workers.size());
        for (Worker worker : workers.values()) {
            if (worker.fits(demand, full)) {
                fitting.add(worker);
            }
        }
        if (fitting.isEmpty()) {
            return Optional.empty();
        }
        Worker chosen = choose(fitting, demand);
        reservations.hold(
                chosen.load().reserve(demand.attempt(), demand.tokens().size()));
        return Optional.of(new Selection(chosen.id(), 0, 0, policy));
    }

    @Override
    public final RoutingView view() {
        return RoutingView.of(policy);
    }

    @Override
    public final void release(AttemptKey attempt) {
        reservations.release(attempt);
    }

    @Override
    public final void arrived(AttemptKey attempt) {
        var ignored = reservations.arrived(attempt);
    }
}
