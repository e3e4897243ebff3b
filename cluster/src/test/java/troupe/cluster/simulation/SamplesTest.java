package troupe.cluster.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SamplesTest {
    @Test
    void shouldGiveTheNearestRank() {
        Samples samples = new Samples();
        assertEquals(0, samples.percentile(50));
        for (int i = 2_000; i >= 1; i--) {
            samples.add(i * 1_000_000_000L);
        }
        assertEquals(2_000, samples.size());
        assertEquals(1_000, samples.percentile(50));
        assertEquals(1_980, samples.percentile(99));
        assertEquals(2_000, samples.percentile(100));
        assertEquals(1, samples.percentile(0));
    }
}
