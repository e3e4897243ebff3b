package troupe.cluster.simulation.faults;

import java.time.Duration;
import java.util.function.LongFunction;
import troupe.actors.WorkerSelector;
import troupe.actors.resume.ResumableState;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;

/**
 * What is simulated.
 *
 * @param info every engine: its model and KV cache
 * @param maxWaiting requests that wait in an engine at most
 * @param maxOpenRequests of a gateway
 * @param tenantShare that a tenant may hold of the open requests that others have left
 * @param ageing in which a request that waits for a worker gains a priority class
 * @param maxUnread events that a client may leave unread
 * @param selectors makes each gateway's, by a seed
 * @param resumables what a gateway keeps at most
 * @param calmNanos nothing goes wrong from then on
 * @param patienceNanos after the calm has begun and the last request has come, all have ended
 */
record ClusterPlan(
        int gateways,
        int workers,
        ExecutorInfo info,
        SchedulerLimits limits,
        int maxWaiting,
        int maxOpenRequests,
        double tenantShare,
        Duration ageing,
        int maxUnread,
        LongFunction<WorkerSelector> selectors,
        ResumableState.Limits resumables,
        Timing timing,
        long calmNanos,
        long patienceNanos) {}
