package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import troupe.conf.EngineSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.DefaultModel;
import troupe.kernels.KernelProvider;

/** The heap that a step of the real model may allocate on the engine's thread; the operators' page states the budget. */
class StepAllocationTest {
    private static final long BYTES_PER_STEP = 32 << 10;
    private static final long BYTES_PER_SEQUENCE = 2 << 10;
    private static final int WARM_UP_STEPS = 20;
    private static final int STEPS = 40;

    /** Bytes allocated by the engine's thread in STEPS steps in which every sequence decodes. */
    private static final class Meter implements EngineListener {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final BlockingQueue<Long> readings = new LinkedBlockingQueue<>();
        private final int sequences;
        private int decodeSteps;
        private long before;

        Meter(int sequences) {
            this.sequences = sequences;
        }

        @Override
        public void onStep(StepReport report) {
            if (report.decodeTokens() == sequences) {
                decodeSteps++;
                if (decodeSteps == WARM_UP_STEPS) {
                    before = threads.getCurrentThreadAllocatedBytes();
                } else if (decodeSteps == WARM_UP_STEPS + STEPS) {
                    readings.add(threads.getCurrentThreadAllocatedBytes() - before);
                }
            }
        }

        @Override
        public void onDeath(Throwable cause) {
            throw new AssertionError("the engine died", cause);
        }
    }

    @Test
    void shouldStayWithinTheBudgetWithOneSequence() throws IOException, InterruptedException {
        assertWithinBudget(1);
    }

    @Test
    void shouldStayWithinTheBudgetWithManySequences() throws IOException, InterruptedException {
        assertWithinBudget(16);
    }

    private static void assertWithinBudget(int sequences) throws IOException, InterruptedException {
        String kernels = KernelProvider.choose(
                        "auto", DefaultModel.cacheFolder().resolve("kernels"))
                .name();
        if (kernels.equals("vector") || kernels.equals("scalar")) {
            System.out.println("the budget holds for the C kernels; here run the " + kernels + " ones: not measured");
            return;
        }
        EngineSettings settings = new EngineSettings(1, "auto", 256L << 20, "f16", 256, 64, 64);
        Meter meter = new Meter(sequences);
        try (Model model = new ModelLoader(DefaultModel.cacheFolder()).load(DefaultModel.path());
                Engine engine = Engine.start(
                        "measured",
                        CpuExecutor.open(model, settings, DefaultModel.cacheFolder()),
                        settings,
                        System::nanoTime,
                        meter)) {
            for (int i = 0; i < sequences; i++) {
                assertEquals(Admission.ACCEPTED, engine.submit(request(i)));
            }
            Long allocated = meter.readings.poll(5, TimeUnit.MINUTES);
            long limit = BYTES_PER_STEP + sequences * BYTES_PER_SEQUENCE;
            assertTrue(allocated != null, "the engine fell silent");
            assertTrue(
                    allocated <= STEPS * limit,
                    "%d bytes a step with %d sequences, the budget is %d"
                            .formatted(allocated / STEPS, sequences, limit));
        }
    }

    private static EngineRequest request(int index) {
        SamplingParams sampling = new SamplingParams(
                0.8f, 0, 0.95f, 0f, 1f, 0f, 0f, WARM_UP_STEPS + STEPS + 30, 0, true, TokenIds.EMPTY, -1, -1);
        return new EngineRequest(
                new AttemptKey("sequence-" + index, 0, 0, 0),
                TokenIds.of(100 + index, 7, 9, 11),
                TokenIds.EMPTY,
                sampling,
                index,
                0,
                Long.MAX_VALUE,
                "",
                Tenant.NONE);
    }
}
