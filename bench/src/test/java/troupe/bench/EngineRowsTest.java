package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import troupe.engine.model.ModelConfig;

class EngineRowsTest {
    @Test
    void shouldCountTwoOperationsForEveryWeightOfTheLayers() {
        ModelConfig config = new ModelConfig(30, 8192, 576, 1536, 9, 3, 64, 10_000, 1e-5, 49_152, true);
        // q, o: 576 x 576; k, v: 192 x 576; gate, up, down: 1536 x 576
        assertEquals(2.0 * 30 * 576 * (2 * 576 + 2 * 192 + 3 * 1536), EngineRows.operationsPerToken(config));
    }
}
