package troupe.bench.routing;

import java.util.List;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Workload;

/** The first sessions of a workload. */
record Beginning(Workload workload, int size) implements Workload {
    Beginning {
        if (size < 1 || size > workload.size()) {
            throw new IllegalArgumentException(
                    "the first " + size + " sessions of " + workload.size() + ": at least 1 and at most all");
        }
    }

    /** The sessions that begin within so many seconds, at least one. */
    static Beginning within(Workload workload, double seconds) {
        int size = 1;
        while (size < workload.size() && workload.startSeconds(size) <= seconds) {
            size++;
        }
        return new Beginning(workload, size);
    }

    @Override
    public String title() {
        return workload.title();
    }

    @Override
    public double startSeconds(int session) {
        return workload.startSeconds(session);
    }

    @Override
    public List<Turn> turns(int session) {
        return workload.turns(session);
    }
}
