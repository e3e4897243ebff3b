package troupe.bench.routing;

import java.util.function.DoubleFunction;
import troupe.cluster.simulation.RoutingFigures;

/**
 * Finds the load that a cluster can bear: the fastest that a workload may come while the time to the first token, median
 * and 90th percentile, stays within {@value #TIMES_IDLE} times that of an idle cluster. Beyond, queues grow as long as
 * the load lasts.
 */
final class LoadSearch {
    static final double TIMES_IDLE = 10;

    private static final double IDLE = 0.02;
    private static final double PRECISION = 1.02;
    private static final int MOST_DOUBLINGS = 20;

    private LoadSearch() {}

    /**
     * The greatest speedup that is borne, to 2 per cent.
     *
     * @param run the workload at a speedup
     * @throws IllegalStateException if any load is borne, so that nothing can be said
     */
    static double highest(DoubleFunction<RoutingFigures> run) {
        RoutingFigures idle = run.apply(IDLE);
        double borne = IDLE;
        double tooMuch = 1;
        for (int i = 0; isBorne(run.apply(tooMuch), idle); i++) {
            if (i == MOST_DOUBLINGS) {
                throw new IllegalStateException("even at " + tooMuch + " times its speed the workload is no load");
            }
            borne = tooMuch;
            tooMuch *= 2;
        }
        while (tooMuch / borne > PRECISION) {
            double middle = Math.sqrt(borne * tooMuch);
            if (isBorne(run.apply(middle), idle)) {
                borne = middle;
            } else {
                tooMuch = middle;
            }
        }
        return borne;
    }

    private static boolean isBorne(RoutingFigures figures, RoutingFigures idle) {
        return figures.firstTokenP50() <= TIMES_IDLE * idle.firstTokenP50()
                && figures.firstTokenP90() <= TIMES_IDLE * idle.firstTokenP90();
    }
}
