package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerId;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;

/** A worker that may be chosen. */
final class RoutedWorker {
    private static final double LONGEST_STEP_SECONDS = 3_600;

    final WorkerId id;
    /** Its number in the index. */
    final int slot;

    final WorkerGroup group;
    final WorkerLoad load;
    private @Nullable EngineSpeed speed;

    // Of the heap that it lies in.
    double seconds;
    int tieBreak;
    int heapIndex;
    /** Whether its group counts it among those with room. */
    boolean roomy;

    /** The last selection that had it as a candidate, and the last that followed a prediction to it. */
    long seen;

    long followed;
    /** Blocks at the beginning of that selection's prompt that it holds or is predicted to hold. */
    int predictedBlocks;

    RoutedWorker(WorkerId id, int slot, WorkerGroup group, int places) {
        this.id = id;
        this.slot = slot;
        this.group = group;
        load = new WorkerLoad(id, places);
    }

    /** As measured by itself; otherwise as by others of its group; otherwise a constant. */
    EngineSpeed speed() {
        EngineSpeed own = speed;
        return own == null ? group.usualSpeed() : own;
    }

    void measured(EngineStats stats) {
        EngineSpeed now = stats.speed();
        // A number from another machine: an absurd one must not spoil the sums of the group.
        if (now != null && now.seconds(1, 1) < LONGEST_STEP_SECONDS) {
            group.replace(speed, now);
            speed = now;
        }
    }

    /** Its measurement counts no more. */
    void leave() {
        group.replace(speed, null);
        speed = null;
    }
}
