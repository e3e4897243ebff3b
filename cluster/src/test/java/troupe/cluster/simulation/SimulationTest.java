package troupe.cluster.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.cluster.routing.LeastLoadedSelector;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;

class SimulationTest {
    private static final EngineSpeed SPEED = new EngineSpeed(0.002, 0.0003, 0.0005);

    private static SimulatedCluster cluster(int workers, int gateways) {
        ExecutorInfo info = new ExecutorInfo("m", "n", "none", 1_000, 2_048, TokenIds.of(0), 16, 200, 1);
        return new SimulatedCluster(
                "worker-", workers, gateways, info, new SchedulerLimits(64, 16), SPEED, 500_000, 100_000_000);
    }

    private static Simulation.Result run(SimulatedCluster cluster, Workload workload, double speedup) {
        return Simulation.run(cluster, LeastLoadedSelector::new, workload, speedup, Window.ALL);
    }

    /** One session of one turn. */
    private record Single(Turn turn) implements Workload {
        @Override
        public String title() {
            return "single";
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public double startSeconds(int session) {
            return 3;
        }

        @Override
        public List<Turn> turns(int session) {
            return List.of(turn);
        }
    }

    @Test
    void shouldTakeTheTimeThatStepsAndMessagesTake() {
        TokenRuns prompt = TokenRuns.EMPTY.then(7, 100);
        Simulation.Result result = run(cluster(1, 1), new Single(new Turn(1, prompt, 3, 8)), 1);

        // Steps of 64 and 36 prompt tokens, then two of one decoding sequence.
        double first = 2 * 0.0005 + SPEED.seconds(64, 0) + SPEED.seconds(36, 0);
        RoutingFigures figures = result.figures();
        assertEquals(first, figures.firstTokenP50(), 1e-9);
        assertEquals(SPEED.seconds(0, 1), figures.gapP99(), 1e-9);
        assertEquals(first + 2 * SPEED.seconds(0, 1), figures.seconds(), 1e-9);
        assertEquals(4, result.steps());
        assertEquals(1, figures.requests());
        assertEquals(100, figures.promptTokens());
        assertEquals(3, figures.outputTokens());
        assertEquals(0, figures.cachedTokens());
    }

    @Test
    void shouldGiveEqualFiguresForEqualSeedsAndOthersForOthers() {
        Workload workload = new RandomWorkload(300, 0.01, 1);
        Simulation.Result result = run(cluster(5, 2), workload, 1);

        assertEquals(600, result.figures().requests());
        assertTrue(result.figures().cachedTokens() > 0, result.toString());
        assertEquals(result, run(cluster(5, 2), workload, 1));
        assertNotEquals(result, run(cluster(5, 2), new RandomWorkload(300, 0.01, 2), 1));
    }

    @Test
    void shouldFindWhatTheTurnBeforeHasComputedAndDrawn() {
        // On one idle worker the second turn finds prompt and answer of the first, but for the answer's last token.
        Workload workload = new RandomWorkload(1, 1, 5);
        List<Turn> turns = workload.turns(0);
        int before = turns.getFirst().prompt().size() + turns.getFirst().outputTokens() - 1;

        RoutingFigures figures = run(cluster(1, 1), workload, 1).figures();
        assertEquals(before - before % 16, figures.cachedTokens());
    }

    @Test
    void shouldWaitLongerUnderMoreLoad() {
        Workload workload = new RandomWorkload(300, 0.1, 1);
        RoutingFigures calm = run(cluster(2, 1), workload, 1).figures();
        RoutingFigures busy = run(cluster(2, 1), workload, 10).figures();

        assertTrue(busy.firstTokenP50() > 2 * calm.firstTokenP50(), calm + "\n" + busy);
        assertTrue(busy.tokensPerSecond() > calm.tokensPerSecond(), calm + "\n" + busy);
    }

    @Test
    void shouldPlanNoEventsForIdleWorkers() {
        Workload workload = new RandomWorkload(20, 10, 1);
        Simulation.Result few = run(cluster(2, 1), workload, 1);
        Simulation.Result many = run(cluster(2_000, 1), workload, 1);
        // More of them take part, each with reports of its own; none reports without having worked.
        assertTrue(many.events() <= few.events() + few.steps(), few + "\n" + many);
    }

    @Test
    void shouldCountWhatIsSentWithinTheWindowAndSendNothingAfterIt() {
        // One request a second; the second turn of each session comes within the next second.
        Workload workload = new RandomWorkload(20, 1, 1);
        long second = 1_000_000_000;
        RoutingFigures all = run(cluster(2, 1), workload, 1).figures();
        RoutingFigures beginning = windowed(workload, new Window(0, 10 * second));
        RoutingFigures end = windowed(workload, new Window(10 * second, Long.MAX_VALUE));

        assertEquals(40, all.requests());
        assertEquals(all.requests(), beginning.requests() + end.requests());
        assertEquals(all.promptTokens(), beginning.promptTokens() + end.promptTokens());
        assertEquals(all.cachedTokens(), beginning.cachedTokens() + end.cachedTokens());
        assertTrue(beginning.requests() >= 18 && beginning.requests() <= 20, beginning.toString());
        assertTrue(beginning.seconds() < 11, beginning.toString());
    }

    private static RoutingFigures windowed(Workload workload, Window window) {
        return Simulation.run(cluster(2, 1), LeastLoadedSelector::new, workload, 1, window)
                .figures();
    }
}
