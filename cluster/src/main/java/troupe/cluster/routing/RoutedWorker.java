package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.actors.WorkerId;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;

/** A worker that may be chosen. */
final class RoutedWorker {
    private static final double LONGEST_STEP_SECONDS = 3_600;

    /** Reports without a step in between after which a measurement is old: 5 seconds of an idle worker's heartbeats. */
    static final int OLD_AFTER_REPORTS = 25;

    final WorkerId id;
    /** Its number in the index. */
    final int slot;

    final WorkerGroup group;
    final WorkerLoad load;
    private @Nullable EngineSpeed measured;
    /** What its group counts of it: the measurement, unless that is old. */
    private @Nullable EngineSpeed counted;

    private long steps;
    private int reportsWithoutStep;

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

    /**
     * As measured by itself; where that is old or there is none, as others of its group measure theirs now. Otherwise a
     * worker that once measured itself in a bad moment, as when it had just started, would never be asked again, and
     * never measure anything else.
     */
    EngineSpeed speed() {
        EngineSpeed now = counted;
        return now == null ? group.usualSpeed(measured) : now;
    }

    void measured(EngineStats stats) {
        reportsWithoutStep = stats.steps() == steps ? Math.min(reportsWithoutStep + 1, OLD_AFTER_REPORTS) : 0;
        steps = stats.steps();
        EngineSpeed now = stats.speed();
        // A number from another machine: an absurd one must not spoil the sums of the group.
        if (now != null && now.seconds(1, 1) < LONGEST_STEP_SECONDS) {
            measured = now;
        }
        count(reportsWithoutStep < OLD_AFTER_REPORTS ? measured : null);
    }

    /** Its measurement counts no more. */
    void leave() {
        count(null);
    }

    private void count(@Nullable EngineSpeed speed) {
        group.replace(counted, speed);
        counted = speed;
    }
}
