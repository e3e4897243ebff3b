package troupe.cluster.simulation.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import troupe.cluster.routing.PrefixSelector;
import troupe.cluster.routing.PrefixWindow;

class FaultSimulationTest {
    private static final int SEEDS = 1_000;

    static FaultSimulation simulation() {
        return new FaultSimulation(seed -> {
            RandomGenerator random = new SplittableRandom(seed);
            return new PrefixSelector(new PrefixWindow(0.1, 0.01), 1 << 12, 16, random, () -> (int) seed);
        });
    }

    @Test
    void shouldKeepEveryInvariantWhateverGoesWrong() {
        FaultSimulation simulation = simulation();
        int convicted = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                convicted += simulation.run(seed, new Trace(false)).convicted();
            } catch (RuntimeException e) {
                Trace trace = new Trace(true);
                try {
                    simulation.run(seed, trace);
                } catch (RuntimeException again) {
                    fail("seed " + seed + ":\n" + String.join("\n", trace.lines()), e);
                }
            }
        }
        assertTrue(convicted > 0, "no request that brings workers down was found");
    }

    @Test
    void shouldRunTheSameSeedTheSameWay() {
        FaultSimulation.Result first = simulation().run(7, new Trace(false));
        assertEquals(first, simulation().run(7, new Trace(false)));
        assertEquals(first, simulation().run(7, new Trace(true)));
        assertNotEquals(first.hash(), simulation().run(8, new Trace(false)).hash());
    }
}
