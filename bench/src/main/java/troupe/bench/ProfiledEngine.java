package troupe.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import troupe.conf.EngineSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.executor.StepProfile;
import troupe.engine.model.Model;
import troupe.engine.sampling.SamplingParams;

/** An engine whose steps are profiled, fed with random tokens, the prefix cache kept out of the way. */
final class ProfiledEngine implements AutoCloseable, EngineListener {
    private final StepProfile profile = StepProfile.on();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final CpuExecutor executor;
    private final Engine engine;
    private final BlockingQueue<StepFigures> readings = new LinkedBlockingQueue<>();
    private final Random random = new Random(42);
    private int runs;

    // Of the run under way; set while the engine is idle, then used by its thread.
    private Workload workload;
    private final Set<AttemptKey> decoding = new HashSet<>();
    private boolean counting;
    private int ended;
    private Optional<StepFigures> counted = Optional.empty();
    private long allocatedBefore;

    /** Starts it, and waits for the pages of its KV cache, which would count as time of the steps that store to them. */
    ProfiledEngine(Model model, EngineSettings settings, Path cache, Workload first) throws InterruptedException {
        workload = first;
        executor = CpuExecutor.open(model, settings, cache, profile);
        executor.awaitPages();
        engine = Engine.start("profiled", executor, settings, System::nanoTime, profile, this);
    }

    String kernels() {
        return executor.info().kernels();
    }

    /**
     * One reading. Decode: the steps from when every stream has its first token to when the first one ends; prefill: all
     * steps.
     */
    StepFigures measure(Workload next) throws InterruptedException {
        runs++;
        workload = next;
        decoding.clear();
        ended = 0;
        counted = Optional.empty();
        counting = next.figure() == Workload.Figure.PREFILL;
        allocatedBefore = threads.getTotalThreadAllocatedBytes();
        for (int stream = 0; stream < next.streams(); stream++) {
            Admission admission = engine.submit(request(stream));
            if (admission != Admission.ACCEPTED) {
                throw new IllegalStateException("the engine is " + admission);
            }
        }
        return readings.take();
    }

    private EngineRequest request(int stream) {
        int[] prompt = new int[workload.promptTokens()];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = random.nextInt(executor.info().vocabularySize());
        }
        SamplingParams sampling = new SamplingParams(
                0f, 0, 1f, 0f, 1f, 0f, 0f, workload.generatedTokens(), 0, true, TokenIds.EMPTY, -1, -1);
        return new EngineRequest(
                new AttemptKey("run-" + runs + "-" + stream, 0, 0, 0),
                TokenIds.of(prompt),
                TokenIds.EMPTY,
                sampling,
                stream,
                0,
                Long.MAX_VALUE,
                "run-" + runs,
                Tenant.NONE);
    }

    @Override
    public void onStep(StepReport report) {
        if (!counting) {
            awaitAllDecoding(report);
            return;
        }
        for (EngineEvent event : report.events()) {
            if (event instanceof EngineEvent.Terminal) {
                ended++;
            }
        }
        if (ended > 0 && counted.isEmpty()) {
            long allocated = threads.getTotalThreadAllocatedBytes() - allocatedBefore;
            counted = Optional.of(StepFigures.of(profile, allocated));
        }
        if (ended == workload.streams()) {
            profile.clear();
            counted.ifPresent(readings::add);
        }
    }

    private void awaitAllDecoding(StepReport report) {
        for (EngineEvent event : report.events()) {
            switch (event) {
                case EngineEvent.Tokens tokens -> decoding.add(tokens.key());
                case EngineEvent.Terminal end -> throw new IllegalStateException("too early: " + end);
                case EngineEvent.Started ignored -> {}
                case EngineEvent.PromptScored ignored -> {}
            }
        }
        if (decoding.size() == workload.streams()) {
            counting = true;
            profile.clear();
            allocatedBefore = threads.getTotalThreadAllocatedBytes();
        }
    }

    @Override
    public void onDeath(Throwable cause) {
        cause.printStackTrace();
        System.exit(1);
    }

    @Override
    public void close() {
        engine.close();
    }
}
