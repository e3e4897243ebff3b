package troupe.bench.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import troupe.cluster.simulation.TokenRuns;
import troupe.cluster.simulation.Turn;

/**
 * Agents at work: each session has one of {@value #SYSTEM_PROMPTS} system prompts of {@value #SYSTEM_TOKENS} tokens and
 * {@value #TURNS} turns. Each prompt is all that was said so far and a new message; a pause lies between an answer and the
 * next message. Sessions begin at random, one a second in the mean.
 */
final class AgentSessions extends RandomSessions {
    static final int SYSTEM_PROMPTS = 100;
    static final int SYSTEM_TOKENS = 1_000;
    static final int TURNS = 8;
    /** Of a message: what a tool gave, as a rule. */
    static final int LEAST_MESSAGE = 100;

    static final int MOST_MESSAGE = 500;
    static final int LEAST_ANSWER = 40;
    static final int MOST_ANSWER = 120;
    static final double MEAN_PAUSE_SECONDS = 14;

    AgentSessions(int sessions, long seed) {
        super("agents", sessions, 1, seed);
    }

    @Override
    List<Turn> turns(SplittableRandom random) {
        TokenRuns said = TokenRuns.EMPTY.then(random.nextInt(SYSTEM_PROMPTS), SYSTEM_TOKENS);
        List<Turn> turns = new ArrayList<>(TURNS);
        for (int turn = 0; turn < TURNS; turn++) {
            said = said.then(random.nextLong(), random.nextInt(LEAST_MESSAGE, MOST_MESSAGE + 1));
            int output = random.nextInt(LEAST_ANSWER, MOST_ANSWER + 1);
            long answer = random.nextLong();
            double pause = turn == 0 ? 0 : Arrivals.exponential(MEAN_PAUSE_SECONDS, random);
            turns.add(new Turn(pause, said, output, answer));
            said = said.then(answer, output);
        }
        return turns;
    }
}
