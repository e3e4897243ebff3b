package troupe.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SpeedMeterTest {
    private static final EngineSpeed TRUE = new EngineSpeed(0.003, 0.000_4, 0.000_6);

    private final SpeedMeter meter = new SpeedMeter();
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void shouldHaveNoOpinionBeforeEnoughSteps() {
        for (int i = 0; i < SpeedMeter.LEAST_STEPS; i++) {
            assertNull(meter.speed());
            meter.step(10, 1, 1_000_000);
        }
        assertNotNull(meter.speed());
    }

    @Test
    void shouldHaveNoOpinionBeforeEnoughPrompts() {
        for (int i = 1; i < SpeedMeter.LEAST_PREFILL_STEPS; i++) {
            meter.step(10, 1, 1_000_000);
        }
        for (int i = 0; i < 100; i++) {
            meter.step(0, 1, 1_000_000);
        }
        assertNull(meter.speed());
        meter.step(10, 1, 1_000_000);
        assertNotNull(meter.speed());
    }

    @Test
    void shouldLearnNothingFromNothing() {
        for (int i = 0; i < 100; i++) {
            meter.step(0, 0, 1_000_000);
            meter.step(10, 1, 0);
            meter.step(-1, 5, 1_000_000);
            meter.step(10, 1, -5);
        }
        assertNull(meter.speed());
    }

    @Test
    void shouldFindExactSpeeds() {
        mixed(500, TRUE, 0);
        assertClose(TRUE, 0.02);
    }

    @Test
    void shouldFindNoisySpeeds() {
        mixed(2_000, TRUE, 0.2);
        assertClose(TRUE, 0.25);
    }

    @Test
    void shouldHardlyNoticeStoppedProcesses() {
        for (int i = 0; i < 3_000; i++) {
            mixed(1, TRUE, 0.05);
            if (i % 100 == 50) {
                meter.step(random.nextInt(256), 1 + random.nextInt(16), 3_000_000_000L);
            }
        }
        assertClose(TRUE, 0.15);
    }

    @Test
    void shouldFollowALastingChange() {
        mixed(500, TRUE, 0.05);
        EngineSpeed slower = new EngineSpeed(0.012, 0.001_6, 0.002_4);
        mixed(1_000, slower, 0.05);
        assertClose(slower, 0.15);
        mixed(1_000, TRUE, 0.05);
        assertClose(TRUE, 0.15);
    }

    @Test
    void shouldFollowAFifthOfTheSpeedWithinADozenSteps() {
        mixed(500, TRUE, 0.05);
        EngineSpeed slower = new EngineSpeed(0.015, 0.002, 0.003);
        for (int i = 0; i < 12; i++) {
            meter.step(0, 8, nanos(slower, 0, 8, 0.05));
        }
        assertEquals(slower.seconds(0, 8), speed().seconds(0, 8), 0.15 * slower.seconds(0, 8));
    }

    /** The first prompts of a worker take long, and afterwards it may get few. */
    @Test
    void shouldForgetASlowStartWithinAFewPrompts() {
        EngineSpeed cold = new EngineSpeed(0.003, 0.002, 0.000_6);
        for (int i = 0; i < 15; i++) {
            request(cold);
        }
        for (int i = 0; i < 8; i++) {
            request(TRUE);
        }
        assertEquals(TRUE.seconds(48, 0), speed().seconds(48, 0), 0.2 * TRUE.seconds(48, 0));
    }

    private void request(EngineSpeed speed) {
        meter.step(48, 0, nanos(speed, 48, 0, 0.05));
        for (int i = 0; i < 32; i++) {
            meter.step(0, 1, nanos(speed, 0, 1, 0.05));
        }
    }

    @Test
    void shouldRememberThePrefillThroughANightOfDecoding() {
        mixed(500, TRUE, 0.05);
        double before = speed().prefillTokenSeconds();
        for (int i = 0; i < 100_000; i++) {
            meter.step(0, 4, nanos(TRUE, 0, 4, 0.05));
        }
        assertEquals(before, speed().prefillTokenSeconds(), 0.05 * before);
        assertEquals(TRUE.seconds(0, 4), speed().seconds(0, 4), 0.05 * TRUE.seconds(0, 4));
        mixed(200, TRUE, 0.05);
        assertClose(TRUE, 0.25);
    }

    @Test
    void shouldNeverBeNegativeNorAbsurdWhateverItIsFed() {
        for (int i = 0; i < 20_000; i++) {
            long nanos = (long) Math.exp(random.nextDouble() * 30);
            meter.step(random.nextInt(3) * random.nextInt(100_000), random.nextInt(3) * random.nextInt(64), nanos);
            EngineSpeed speed = meter.speed();
            if (speed != null) {
                assertTrue(speed.stepSeconds() < 1e5, speed::toString);
            }
        }
    }

    @Test
    void shouldTakeTheCostOfAStepForWhatItIsWhereTokensCostNothing() {
        EngineSpeed flat = new EngineSpeed(0.02, 0, 0);
        mixed(500, flat, 0.1);
        assertEquals(0.02, speed().seconds(100, 8), 0.003);
    }

    /** Steps as an engine takes them: decodes, some with a chunk of a prompt. */
    private void mixed(int steps, EngineSpeed speed, double noise) {
        for (int i = 0; i < steps; i++) {
            int prefill = random.nextInt(3) == 0 ? 1 + random.nextInt(256) : 0;
            int decoding = prefill == 0 ? 1 + random.nextInt(16) : random.nextInt(16);
            meter.step(prefill, decoding, nanos(speed, prefill, decoding, noise));
        }
    }

    private long nanos(EngineSpeed speed, int prefill, int decoding, double noise) {
        return (long) (1e9 * speed.seconds(prefill, decoding) * (1 + noise * (2 * random.nextDouble() - 1)));
    }

    private EngineSpeed speed() {
        EngineSpeed speed = meter.speed();
        if (speed == null) {
            throw new AssertionError("nothing was measured");
        }
        return speed;
    }

    private void assertClose(EngineSpeed expected, double share) {
        EngineSpeed found = speed();
        assertEquals(
                expected.prefillTokenSeconds(), found.prefillTokenSeconds(), share * expected.prefillTokenSeconds());
        for (int decoding : new int[] {1, 8, 16}) {
            double seconds = expected.seconds(0, decoding);
            assertEquals(seconds, found.seconds(0, decoding), share * seconds, decoding + " decoding");
        }
    }
}
