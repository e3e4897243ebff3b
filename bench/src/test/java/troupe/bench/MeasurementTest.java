package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasurementTest {
    @Test
    void shouldTakeTheMiddleReadingAsMedian() {
        assertEquals(3, new Measurement(List.of(9.0, 1.0, 3.0)).median());
        assertEquals(2, new Measurement(List.of(1.0, 3.0)).median());
    }

    @Test
    void shouldCompareNeighbouringReadings() {
        Measurement ours = new Measurement(List.of(10.0, 20.0, 30.0));
        Measurement theirs = new Measurement(List.of(5.0, 5.0, 30.0));
        assertEquals(2, ours.medianRatioTo(theirs));
    }

    @Test
    void shouldRefuseToBeEmpty() {
        assertThrows(IllegalArgumentException.class, () -> new Measurement(List.of()));
    }
}
