package troupe.bench.routing;

import java.util.List;
import java.util.SplittableRandom;
import troupe.cluster.simulation.TokenRuns;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Workload;

/** Requests that share nothing, ten a second in the mean. */
final class UniquePrompts implements Workload {
    static final int LEAST_PROMPT = 100;
    static final int MOST_PROMPT = 1_400;
    static final int LEAST_OUTPUT = 5;
    static final int MOST_OUTPUT = 60;

    private final long seed;
    private final double[] starts;

    UniquePrompts(int requests, long seed) {
        this.seed = seed;
        starts = Arrivals.random(requests, 10, new SplittableRandom(seed));
    }

    @Override
    public String title() {
        return "unique prompts";
    }

    @Override
    public int size() {
        return starts.length;
    }

    @Override
    public double startSeconds(int session) {
        return starts[session];
    }

    @Override
    public List<Turn> turns(int session) {
        SplittableRandom random = new SplittableRandom(seed * 31 + session);
        TokenRuns prompt = TokenRuns.EMPTY.then(random.nextLong(), random.nextInt(LEAST_PROMPT, MOST_PROMPT + 1));
        return List.of(new Turn(0, prompt, random.nextInt(LEAST_OUTPUT, MOST_OUTPUT + 1), random.nextLong()));
    }
}
