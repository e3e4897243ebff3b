package troupe.bench.routing;

import java.util.function.Supplier;
import troupe.actors.WorkerSelector;
import troupe.cluster.simulation.SimulatedCluster;
import troupe.cluster.simulation.Simulation;
import troupe.cluster.simulation.Window;
import troupe.cluster.simulation.Workload;

/**
 * One simulation and how long it took.
 *
 * @param wallSeconds by the clock on the wall, on one thread
 */
record Trial(String title, SimulatedCluster cluster, Simulation.Result result, double wallSeconds) {
    static Trial run(
            String title,
            SimulatedCluster cluster,
            Supplier<WorkerSelector> selectors,
            Workload workload,
            double speedup) {
        long begin = System.nanoTime();
        Simulation.Result result = Simulation.run(cluster, selectors, workload, speedup, Window.ALL);
        return new Trial(title, cluster, result, (System.nanoTime() - begin) / 1e9);
    }

    /** How many times faster than the time that was simulated. */
    double timesFaster() {
        return result.figures().seconds() / wallSeconds;
    }
}
