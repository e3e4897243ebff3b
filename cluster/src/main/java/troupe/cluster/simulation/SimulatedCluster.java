package troupe.cluster.simulation;

import troupe.engine.EngineSpeed;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;

/**
 * What is simulated.
 *
 * @param workerName of each, its number added
 * @param workers all alike
 * @param gateways take the sessions in turn
 * @param executor of each worker: its model and KV cache
 * @param speed of each worker's steps
 * @param messageNanos that a message between gateway and worker takes
 * @param heartbeatNanos between a worker's regular reports
 */
public record SimulatedCluster(
        String workerName,
        int workers,
        int gateways,
        ExecutorInfo executor,
        SchedulerLimits limits,
        EngineSpeed speed,
        long messageNanos,
        long heartbeatNanos) {
    public SimulatedCluster {
        if (workers < 1 || gateways < 1 || messageNanos < 0 || heartbeatNanos < 1) {
            throw new IllegalArgumentException("workers " + workers + ", gateways " + gateways + ", message delay "
                    + messageNanos + " ns, heartbeat " + heartbeatNanos + " ns: at least 1, 1, 0 and 1 are required");
        }
    }

    /** The same of another size. */
    public SimulatedCluster of(int workers, int gateways) {
        return new SimulatedCluster(
                workerName, workers, gateways, executor, limits, speed, messageNanos, heartbeatNanos);
    }
}
