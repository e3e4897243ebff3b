package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import troupe.conf.SettingsException;

class MemoryPlanTest {
    private static final long GIBIBYTE = 1L << 30;

    @Test
    void shouldTakeAQuarterOfWhatIsFreeButNotMoreThanTwoGibibytes() {
        assertEquals(256, MemoryPlan.of(0, true, 1 << 20, 16, 0, GIBIBYTE).kvBlocks());
        assertEquals(2048, MemoryPlan.of(0, true, 1 << 20, 16, 0, 64 * GIBIBYTE).kvBlocks());
    }

    @Test
    void shouldHoldAsManyTokensAsItsBlocks() {
        MemoryPlan plan = MemoryPlan.of(0, true, 1 << 20, 16, 10 << 20, GIBIBYTE);
        assertEquals(10, plan.kvBlocks());
        assertEquals(160, plan.kvTokens());
        assertEquals(10 << 20, plan.kvBytes());
    }

    @Test
    void shouldRefuseMoreThanIsAvailable() {
        SettingsException e = assertThrows(
                SettingsException.class, () -> MemoryPlan.of(0, true, 1 << 20, 16, 2 * GIBIBYTE, GIBIBYTE));
        assertEquals(
                "troupe.engine.kv-memory is 2147483648 bytes, but only 1073741824 bytes of memory are available",
                e.getMessage());
    }

    @Test
    void shouldRefuseLessThanABlock() {
        assertThrows(SettingsException.class, () -> MemoryPlan.of(0, true, 1 << 20, 16, 1024, GIBIBYTE));
    }
}
