package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import troupe.cluster.simulation.RoutingFigures;

class LoadSearchTest {
    private static RoutingFigures figures(double firstToken) {
        return new RoutingFigures(1, 1, 0, 1, 1, firstToken, firstToken, firstToken, 0);
    }

    @Test
    void shouldFindWhereWaitingBegins() {
        for (double limit : new double[] {0.1, 1, 7.3}) {
            double found = LoadSearch.highest(speedup -> figures(speedup <= limit ? 0.2 : 5));
            assertEquals(limit, found, 0.02 * limit);
        }
    }

    @Test
    void shouldSayThatNothingIsTooMuch() {
        assertThrows(IllegalStateException.class, () -> LoadSearch.highest(speedup -> figures(0.2)));
    }
}
