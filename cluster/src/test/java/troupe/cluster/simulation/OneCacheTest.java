package troupe.cluster.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import troupe.cluster.routing.LeastLoadedSelector;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;

class OneCacheTest {
    private static final ExecutorInfo INFO =
            new ExecutorInfo("m", "n", "none", 1_000, 2_048, TokenIds.of(0), 16, 200, 1);

    /** The same prompt again and again. */
    private record Repeated(int size, int prompt) implements Workload {
        @Override
        public String title() {
            return "repeated";
        }

        @Override
        public double startSeconds(int session) {
            return session * 10.0;
        }

        @Override
        public List<Turn> turns(int session) {
            return List.of(new Turn(0, TokenRuns.EMPTY.then(1, prompt), 4, session));
        }
    }

    @Test
    void shouldFindAllFullBlocksButTheOneOfTheLastToken() {
        assertEquals(
                0.9 * 96 / 100,
                OneCache.run(new Repeated(10, 100), 1, Window.ALL, INFO, 50).hitRate(),
                1e-9);
        assertEquals(
                0.9 * 80 / 96,
                OneCache.run(new Repeated(10, 96), 1, Window.ALL, INFO, 50).hitRate(),
                1e-9);
    }

    @Test
    void shouldCountWhatComesWithinTheWindow() {
        // A request every 10 s, the first of which finds nothing.
        Workload workload = new Repeated(10, 100);
        Window warm = new Window(1, Long.MAX_VALUE);
        assertEquals(0.96, OneCache.run(workload, 1, warm, INFO, 50).hitRate(), 1e-9);
        Window first = new Window(0, 1);
        assertEquals(0, OneCache.run(workload, 1, first, INFO, 50).hitRate());
    }

    @Test
    void shouldAgreeWithOneWorkerThatIsNeverBusy() {
        Workload workload = new RandomWorkload(200, 30, 3);
        SimulatedCluster cluster = new SimulatedCluster(
                "worker-", 1, 1, INFO, new SchedulerLimits(64, 16), new EngineSpeed(1e-3, 1e-4, 1e-4), 0, 1_000_000);
        RoutingFigures figures = Simulation.run(cluster, LeastLoadedSelector::new, workload, 1, Window.ALL)
                .figures();
        assertTrue(figures.hitRate() > 0.1, figures.toString());
        assertEquals(
                figures.hitRate(),
                OneCache.run(workload, 1, Window.ALL, INFO, INFO.kvBlocks()).hitRate(),
                1e-12);
    }

    @Test
    void shouldLeaveOfEachPromptWhatItDidNotFind() {
        Workload rest =
                OneCache.run(new Repeated(10, 100), 1, Window.ALL, INFO, 50).rest();
        assertEquals(10, rest.size());
        assertEquals(100, rest.turns(0).getFirst().prompt().size());
        for (int i = 1; i < rest.size(); i++) {
            assertEquals(4, rest.turns(i).getFirst().prompt().size());
            assertEquals(10.0 * i, rest.startSeconds(i));
        }
        assertEquals(0, OneCache.run(rest, 1, Window.ALL, INFO, 50).hitRate());
    }

    @Test
    void shouldRefuseACacheThatHoldsNoRequest() {
        assertThrows(IllegalArgumentException.class, () -> OneCache.run(new Repeated(1, 100), 1, Window.ALL, INFO, 6));
    }
}
