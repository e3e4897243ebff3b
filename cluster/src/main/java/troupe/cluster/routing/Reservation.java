package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;

/**
 * An attempt that was sent to a worker and that the worker's reports cannot be known to include yet.
 *
 * <pre>
 *   held --release--> released --a report that must include it--> shown
 *     '------------------an event of it, or dropped--------------^
 * </pre>
 *
 * An event of the attempt comes with a report that includes it. Where none has come, a report is of the end of a step, and a request that comes while a step is going on is taken in before the next: so it
 * is in the reports of the second step to end after its admission, at an idle worker of the first. A worker that goes on
 * saying that it is idle has lost it.
 */
final class Reservation {
    /** Reports of an idle worker, after the release, by which it must have taken the attempt in or refused it. */
    static final int IDLE_REPORTS = 32;

    final AttemptKey attempt;
    final WorkerLoad load;
    final int tokens;

    @Nullable
    Prediction prediction;

    boolean released;
    boolean shown;
    private long releasedAt;
    private int stepsToShow;
    private int idleReports;

    Reservation(AttemptKey attempt, WorkerLoad load, int tokens) {
        this.attempt = attempt;
        this.load = load;
        this.tokens = tokens;
    }

    void release(long steps, boolean idle) {
        released = true;
        releasedAt = steps;
        stepsToShow = idle ? 1 : 2;
    }

    void onReport(boolean idle) {
        idleReports += released && idle ? 1 : 0;
    }

    boolean isIn(long steps) {
        return released && (steps - releasedAt >= stepsToShow || idleReports >= IDLE_REPORTS);
    }

    /** Whether nothing is expected of it any more: the worker must have stored the predicted blocks by now, if ever. */
    boolean isOver(long steps) {
        Prediction expected = prediction;
        return isIn(steps)
                && (expected == null
                        || steps - releasedAt >= stepsToShow + expected.steps
                        || idleReports >= IDLE_REPORTS);
    }
}
