package troupe.cluster.routing;

import java.util.List;

/**
 * Chooses the worker with the least work: tokens that wait for prefill there, those on the way included, then the number
 * of its sequences, then the order in which the workers came up.
 */
public final class LeastLoadedSelector extends ScanningSelector {
    public LeastLoadedSelector() {
        super("least-loaded");
    }

    @Override
    Worker choose(List<Worker> fitting, Demand demand) {
        Worker least = fitting.getFirst();
        for (Worker worker : fitting) {
            if (isLess(worker.load(), least.load())) {
                least = worker;
            }
        }
        return least;
    }

    private static boolean isLess(WorkerLoad load, WorkerLoad than) {
        return load.tokens() < than.tokens() || (load.tokens() == than.tokens() && load.sequences() < than.sequences());
    }
}
