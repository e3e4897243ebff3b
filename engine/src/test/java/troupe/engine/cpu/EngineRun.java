package troupe.engine.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import troupe.conf.EngineSettings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.executor.ScoredToken;
import troupe.engine.model.Model;
import troupe.engine.testing.DefaultModel;

/** An engine over the real CPU executor, driven to the end of a set of requests. */
final class EngineRun implements AutoCloseable {
    private final BlockingQueue<EngineEvent> events = new LinkedBlockingQueue<>();
    private final Engine engine;
    private volatile int mostRunning;

    EngineRun(Model model, EngineSettings settings) {
        CpuExecutor executor = CpuExecutor.open(model, settings, DefaultModel.cacheFolder());
        engine = Engine.start("test-engine", executor, settings, System::nanoTime, new EngineListener() {
            @Override
            public void onStep(StepReport report) {
                mostRunning = Math.max(mostRunning, report.stats().running());
                events.addAll(report.events());
            }

            @Override
            public void onDeath(Throwable cause) {
                throw new AssertionError("the engine died", cause);
            }
        });
    }

    Engine engine() {
        return engine;
    }

    /** Sequences that ran in one step at most. */
    int mostRunning() {
        return mostRunning;
    }

    /** Submits all at once and waits until all have finished; gives their tokens. */
    Map<AttemptKey, List<ScoredToken>> finish(List<EngineRequest> requests) throws InterruptedException {
        for (EngineRequest request : requests) {
            if (engine.submit(request) != Admission.ACCEPTED) {
                throw new AssertionError("not accepted: " + request.key());
            }
        }
        Map<AttemptKey, List<ScoredToken>> tokens = new HashMap<>();
        int finished = 0;
        while (finished < requests.size()) {
            EngineEvent event = events.poll(2, TimeUnit.MINUTES);
            switch (event) {
                case null -> throw new AssertionError("the engine fell silent");
                case EngineEvent.Tokens more ->
                    tokens.computeIfAbsent(more.key(), key -> new ArrayList<>()).addAll(more.tokens());
                case EngineEvent.Finished ignored -> finished++;
                case EngineEvent.Terminal other -> throw new AssertionError("unexpected end: " + other);
                case EngineEvent.Started ignored -> {}
                case EngineEvent.PromptScored ignored -> {}
            }
        }
        return tokens;
    }

    @Override
    public void close() {
        engine.close();
    }
}
