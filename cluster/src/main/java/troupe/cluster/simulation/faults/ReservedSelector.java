package troupe.cluster.simulation.faults;

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

/** A selector, and the attempts that it was told to reserve for and not to release. */
final class ReservedSelector implements WorkerSelector {
    private final WorkerSelector selector;
    private final Map<AttemptKey, WorkerId> held = new LinkedHashMap<>();

    ReservedSelector(WorkerSelector selector) {
        this.selector = selector;
    }

    List<AttemptKey> held() {
        return new ArrayList<>(held.keySet());
    }

    @Override
    public void up(WorkerId worker, ExecutorInfo info, int places) {
        selector.up(worker, info, places);
    }

    @Override
    public void load(WorkerId worker, EngineStats stats) {
        selector.load(worker, stats);
    }

    @Override
    public void cached(WorkerId worker, KvChanges changes) {
        selector.cached(worker, changes);
    }

    @Override
    public void down(WorkerId worker) {
        selector.down(worker);
        held.values().removeIf(worker::equals);
    }

    @Override
    public Optional<Selection> select(Demand demand, boolean full) {
        held.remove(demand.attempt());
        Optional<Selection> selection = selector.select(demand, full);
        selection.ifPresent(chosen -> held.put(demand.attempt(), chosen.worker()));
        return selection;
    }

    @Override
    public boolean hasRoom(String model) {
        return selector.hasRoom(model);
    }

    @Override
    public void arrived(AttemptKey attempt) {
        selector.arrived(attempt);
    }

    @Override
    public void release(AttemptKey attempt) {
        selector.release(attempt);
        held.remove(attempt);
    }

    @Override
    public RoutingView view() {
        return selector.view();
    }
}
