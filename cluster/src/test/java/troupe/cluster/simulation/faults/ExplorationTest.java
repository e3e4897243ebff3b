package troupe.cluster.simulation.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two things go wrong in a small cluster, at every moment and in every way. */
class ExplorationTest {
    private static final int FAULTS = 2;

    @ParameterizedTest
    @EnumSource(Scenario.class)
    void shouldKeepEveryInvariantWhateverGoesWrong(Scenario scenario) {
        List<String> progress = new ArrayList<>();
        assertEquals("", Exploration.explore(scenario, FAULTS, progress::add));
        assertEquals(1, progress.size());
    }
}
