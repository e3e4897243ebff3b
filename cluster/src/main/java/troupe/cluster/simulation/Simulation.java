package troupe.cluster.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.engine.EngineEvent;
import troupe.engine.EngineStats;
import troupe.engine.kv.KvChanges;

/**
 * Runs a workload through a cluster in virtual time: gateways with selectors, workers with schedulers, messages that take
 * time. Equal arguments and selectors give equal figures. A worker takes any number of waiting requests.
 */
public final class Simulation {
    /**
     * What a run gave.
     *
     * @param steps of all workers
     * @param events that happened in virtual time
     */
    public record Result(RoutingFigures figures, long steps, long events) {}

    private final EventQueue events = new EventQueue();
    private final ClientSide clients;
    private final List<SimulatedGateway> gateways = new ArrayList<>();
    private final List<SimulatedWorker> workers = new ArrayList<>();

    private Simulation(SimulatedCluster cluster, Supplier<WorkerSelector> selectors, Window window) {
        clients = new ClientSide(window, 0);
        for (int i = 0; i < cluster.gateways(); i++) {
            gateways.add(new SimulatedGateway(cluster, selectors.get(), events, clients));
        }
        Messages messages = new Messages(cluster.messageNanos());
        for (int i = 0; i < cluster.workers(); i++) {
            WorkerId id = new WorkerId(cluster.workerName() + i, 1);
            long phase = cluster.heartbeatNanos() * i / cluster.workers();
            SimulatedWorker worker = new SimulatedWorker(id, cluster, events, phase, messages);
            workers.add(worker);
            gateways.forEach(gateway -> gateway.up(id, worker::submit));
        }
    }

    /**
     * Runs a workload to the end of its last answer.
     *
     * @param selectors makes each gateway's
     * @param speedup sessions begin this many times faster than the workload says
     * @param window of the requests that count
     */
    public static Result run(
            SimulatedCluster cluster,
            Supplier<WorkerSelector> selectors,
            Workload workload,
            double speedup,
            Window window) {
        Simulation simulation = new Simulation(cluster, selectors, window);
        WorkloadPlayer.plan(workload, speedup, window, simulation.events, simulation::request);
        simulation.events.run();
        long steps = 0;
        for (SimulatedWorker worker : simulation.workers) {
            worker.verify();
            steps += worker.steps();
        }
        return new Result(simulation.clients.figures(), steps, simulation.events.planned());
    }

    private void request(int session, int turn, Turn request, Runnable ended) {
        gateways.get(session % gateways.size()).request(session + "/" + turn, request, ended);
    }

    /** Carries what workers say to all gateways. */
    private final class Messages implements SimulatedWorker.Listener {
        private final long nanos;

        Messages(long nanos) {
            this.nanos = nanos;
        }

        @Override
        public void onStep(SimulatedWorker worker, List<EngineEvent> happened, EngineStats stats, KvChanges cache) {
            events.after(nanos, () -> {
                for (SimulatedGateway gateway : gateways) {
                    gateway.onStep(worker.id(), happened, stats, cache);
                }
            });
        }

        @Override
        public void onLoad(SimulatedWorker worker, EngineStats stats) {
            events.after(nanos, () -> {
                for (SimulatedGateway gateway : gateways) {
                    gateway.onLoad(worker.id(), stats);
                }
            });
        }
    }
}
