package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import troupe.engine.EngineSpeed;

class CostModelTest {
    private static final EngineSpeed SPEED = new EngineSpeed(0.01, 0.001, 0.002);

    private final CostModel model = new CostModel(100);

    @Test
    void shouldTakeOneStepForAShortPromptOnAnIdleWorker() {
        assertEquals(0.01 + 0.05, model.seconds(SPEED, 50, 0), 1e-12);
    }

    @Test
    void shouldTakeMoreStepsForALongPrompt() {
        assertEquals(3 * 0.01 + 0.3, model.seconds(SPEED, 300, 0), 1e-12);
    }

    @Test
    void shouldShareStepsAndTheirTokensWithThoseThatDecode() {
        // 20 of 100 tokens a step are theirs: 160 tokens take two steps, behind half of the one going on.
        assertEquals(2.5 * (0.01 + 20 * 0.002) + 0.16, model.seconds(SPEED, 160, 20), 1e-12);
    }

    @Test
    void shouldLetAShortPromptPassMostOfALongQueue() {
        // Twice its own 10 tokens, and an eighth of 800.
        assertEquals(model.seconds(SPEED, 20 + 100 + 10, 2), model.seconds(SPEED, 820, 1, 10, 10, 2), 1e-12);
        assertEquals(model.seconds(SPEED, 400, 2), model.seconds(SPEED, 100, 1, 300, 300, 2), 1e-12);
    }

    @Test
    void shouldWaitForAllThatAreAsLong() {
        assertEquals(model.seconds(SPEED, 9 * 40 + 40, 2), model.seconds(SPEED, 9 * 40, 9, 40, 40, 2), 1e-12);
    }

    @Test
    void shouldWaitForTheTokensThatAreQueuedForOthersAndItsOwn() {
        // 300 of its 310 tokens are being computed for another one.
        assertEquals(model.seconds(SPEED, 310, 2), model.seconds(SPEED, 300, 1, 310, 10, 2), 1e-12);
    }

    @Test
    void shouldNeverGrowCheaperByMoreTokensOrSequences() {
        for (int sequences = 0; sequences < 200; sequences++) {
            for (int tokens = 0; tokens < 500; tokens += 7) {
                double seconds = model.seconds(SPEED, tokens, sequences);
                assertTrue(seconds <= model.seconds(SPEED, tokens + 1, sequences));
                assertTrue(seconds <= model.seconds(SPEED, tokens, sequences + 1));
            }
        }
    }

    @Test
    void shouldRefuseStepsWithoutTokens() {
        assertThrows(IllegalArgumentException.class, () -> new CostModel(0));
    }
}
