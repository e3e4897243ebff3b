package troupe.cli.supervisor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CoreSharesTest {
    @Test
    void shouldDivideAllCoresAndNoMore() {
        assertArrayEquals(new int[] {8}, CoreShares.divide(8, 1));
        assertArrayEquals(new int[] {3, 3, 2}, CoreShares.divide(8, 3));
        assertArrayEquals(new int[] {1, 1}, CoreShares.divide(2, 2));
    }

    @Test
    void shouldGiveEachEngineAThreadEvenWithoutACore() {
        assertArrayEquals(new int[] {1, 1, 1}, CoreShares.divide(2, 3));
    }

    @Test
    void shouldRefuseNothingToDivide() {
        assertThrows(IllegalArgumentException.class, () -> CoreShares.divide(0, 1));
        assertThrows(IllegalArgumentException.class, () -> CoreShares.divide(1, 0));
    }
}
