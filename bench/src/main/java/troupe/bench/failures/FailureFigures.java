package troupe.bench.failures;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All that was measured; null: that part was not asked for. */
record FailureFigures(
        FaultTrial.@Nullable Result faults,
        @Nullable Map<ReplicationTrial.Way, ReplicationTrial.Cost> replication,
        RefusalTrial.@Nullable Result refusals,
        SlowNodeTrial.@Nullable Result slowNode,
        FloodTrial.@Nullable Result flood) {
    /** Whether every answer that was given is the undisturbed one, and every request that was accepted has one. */
    boolean isRight() {
        boolean right = faults == null
                || faults.readings().stream().allMatch(reading -> reading.lost() + reading.changed() == 0);
        right &= refusals == null || refusals.wrong() == 0;
        return right && (slowNode == null || slowNode.lost() + slowNode.changed() == 0);
    }
}
