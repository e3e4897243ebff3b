package troupe.bench.routing;

import java.util.List;
import java.util.SplittableRandom;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Workload;

/** Sessions that begin at random times, each with a random number generator of its own. */
abstract class RandomSessions implements Workload {
    private final String title;
    private final long seed;
    private final double[] starts;

    RandomSessions(String title, int sessions, double perSecond, long seed) {
        this.title = title;
        this.seed = seed;
        starts = Arrivals.random(sessions, perSecond, new SplittableRandom(seed));
    }

    /** The turns of one session, which depend on {@code random} alone. */
    abstract List<Turn> turns(SplittableRandom random);

    @Override
    public final String title() {
        return title;
    }

    @Override
    public final int size() {
        return starts.length;
    }

    @Override
    public final double startSeconds(int session) {
        return starts[session];
    }

    @Override
    public final List<Turn> turns(int session) {
        return turns(new SplittableRandom(seed * 31 + session));
    }
}
