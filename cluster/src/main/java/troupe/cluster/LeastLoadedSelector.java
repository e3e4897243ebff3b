package troupe.cluster;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.KvChanges;

/**
 * Chooses the worker with the least work: tokens that wait for prefill there, those of its reservations included, then
 * the number of its sequences, then the order in which the workers came up.
 */
public final class LeastLoadedSelector implements WorkerSelector {
    private static final class Worker {
        final ExecutorInfo info;
        long waitingTokens;
        int sequences;
        long reservedTokens;
        int reservations;

        Worker(ExecutorInfo info) {
            this.info = info;
        }

        long tokens() {
            return waitingTokens + reservedTokens;
        }

        int sequences() {
            return sequences + reservations;
        }
    }

    private record Reservation(WorkerId worker, int tokens) {}

    private final Map<WorkerId, Worker> workers = new LinkedHashMap<>();
    private final Map<AttemptKey, Reservation> reservations = new HashMap<>();

    @Override
    public void up(WorkerId worker, ExecutorInfo info) {
        workers.put(worker, new Worker(info));
    }

    @Override
    public void load(WorkerId worker, EngineStats stats) {
        Worker known = workers.get(worker);
        if (known != null) {
            known.waitingTokens = stats.waitingTokens();
            known.sequences = stats.running() + stats.waiting();
        }
    }

    @Override
    public void cached(WorkerId worker, KvChanges changes) {
        // What workers have cached does not matter here.
    }

    @Override
    public void down(WorkerId worker) {
        workers.remove(worker);
        reservations.values().removeIf(reservation -> reservation.worker().equals(worker));
    }

    @Override
    public Optional<Selection> select(Demand demand) {
        release(demand.attempt());
        WorkerId best = null;
        Worker least = null;
        for (Map.Entry<WorkerId, Worker> entry : workers.entrySet()) {
            Worker worker = entry.getValue();
            if (fits(entry.getKey(), worker, demand) && (least == null || isLess(worker, least))) {
                best = entry.getKey();
                least = worker;
            }
        }
        if (best != null && least != null) {
            int tokens = demand.tokens().size();
            least.reservedTokens += tokens;
            least.reservations++;
            reservations.put(demand.attempt(), new Reservation(best, tokens));
        }
        return Optional.ofNullable(best).map(worker -> new Selection(worker, 0, 0, "least-loaded"));
    }

    @Override
    public void release(AttemptKey attempt) {
        Reservation reservation = reservations.remove(attempt);
        Worker worker = reservation == null ? null : workers.get(reservation.worker());
        if (reservation != null && worker != null) {
            worker.reservedTokens -= reservation.tokens();
            worker.reservations--;
        }
    }

    private static boolean fits(WorkerId id, Worker worker, Demand demand) {
        @Nullable String numericsId = demand.numericsId();
        return !demand.avoid().contains(id)
                && demand.model().equals(worker.info.model())
                && (numericsId == null || numericsId.equals(worker.info.numericsId()));
    }

    private static boolean isLess(Worker worker, Worker than) {
        return worker.tokens() < than.tokens()
                || (worker.tokens() == than.tokens() && worker.sequences() < than.sequences());
    }
}
