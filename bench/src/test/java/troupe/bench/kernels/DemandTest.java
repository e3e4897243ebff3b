package troupe.bench.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final Limits LIMITS = new Limits(10, 100, 1000, 4000, Map.of());

    @Test
    void shouldBeBoundByWhatTakesLongest() {
        assertEquals(Demand.Bound.MEMORY, new Demand(20, 100, 1000, 0).bound(LIMITS));
        assertEquals(Demand.Bound.INT8, new Demand(20, 0, 0, 12_000).bound(LIMITS));
        assertEquals(Demand.Bound.CACHE, new Demand(0, 1, 0, 0).bound(LIMITS));
    }

    @Test
    void shouldTakeTheTimeOfItsBound() {
        assertEquals(6, new Demand(20, 0, 0, 12_000).leastSeconds(LIMITS, 2));
    }
}
