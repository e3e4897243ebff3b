package troupe.cluster.routing;

import java.util.List;

/** Chooses one worker after the other, among those that fit the demand. */
public final class RoundRobinSelector extends ScanningSelector {
    private long selections;

    public RoundRobinSelector() {
        super("round-robin");
    }

    @Override
    Worker choose(List<Worker> fitting, Demand demand) {
        return fitting.get((int) (selections++ % fitting.size()));
    }
}
