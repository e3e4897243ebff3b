package troupe.bench.routing;

import java.util.List;
import java.util.SplittableRandom;
import troupe.cluster.simulation.TokenRuns;
import troupe.cluster.simulation.Turn;

/** Requests that share nothing, ten a second in the mean. */
final class UniquePrompts extends RandomSessions {
    static final int LEAST_PROMPT = 100;
    static final int MOST_PROMPT = 1_400;
    static final int LEAST_OUTPUT = 5;
    static final int MOST_OUTPUT = 60;

    UniquePrompts(int requests, long seed) {
        super("unique prompts", requests, 10, seed);
    }

    @Override
    List<Turn> turns(SplittableRandom random) {
        TokenRuns prompt = TokenRuns.EMPTY.then(random.nextLong(), random.nextInt(LEAST_PROMPT, MOST_PROMPT + 1));
        return List.of(new Turn(0, prompt, random.nextInt(LEAST_OUTPUT, MOST_OUTPUT + 1), random.nextLong()));
    }
}
