package troupe.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import troupe.conf.EngineSettings;
import troupe.engine.AttemptKey;
import troupe.engine.Engine;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.sampling.SamplingParams;

/** Our side: the engine with its scheduler and sampler, fed with random tokens, the prefix cache kept out of the way. */
final class TroupeEngine implements AutoCloseable {
    private sealed interface Notice {
        record Timed(EngineEvent event, long nanos) implements Notice {}

        record Death(Throwable cause) implements Notice {}
    }

    private final Engine engine;
    private final int vocabulary;
    private final BlockingQueue<Notice> notices = new LinkedBlockingQueue<>();
    private final Random random = new Random(42);
    private int runs;

    TroupeEngine(CpuExecutor executor, EngineSettings settings) {
        this.vocabulary = executor.info().vocabularySize();
        this.engine = Engine.start("bench", executor, settings, System::nanoTime, new EngineListener() {
            @Override
            public void onStep(StepReport report) {
                long now = System.nanoTime();
                report.events().forEach(event -> notices.add(new Notice.Timed(event, now)));
            }

            @Override
            public void onDeath(Throwable cause) {
                notices.add(new Notice.Death(cause));
            }
        });
    }

    /**
     * One reading, tokens per second: prefill from submission to the first token; decode from the moment when every
     * stream has its first token to the moment when the first one ends.
     */
    double measure(Workload workload) throws InterruptedException {
        runs++;
        notices.clear();
        boolean prefill = workload.figure() == Workload.Figure.PREFILL;
        int toGenerate = prefill ? 1 : workload.generatedTokens();
        long begin = System.nanoTime();
        for (int stream = 0; stream < workload.streams(); stream++) {
            engine.submit(new EngineRequest(
                    new AttemptKey("run-" + runs + "-" + stream, 0, 0, 0),
                    randomPrompt(workload.promptTokens()),
                    TokenIds.EMPTY,
                    sampling(toGenerate),
                    stream,
                    0,
                    Long.MAX_VALUE,
                    "run-" + runs,
                    Tenant.NONE));
        }
        return listen(workload, begin, prefill);
    }

    private double listen(Workload workload, long begin, boolean prefill) throws InterruptedException {
        Map<AttemptKey, Integer> tokens = new HashMap<>();
        long allStarted = 0;
        long lastToken = 0;
        long counted = 0;
        int finished = 0;
        boolean full = true;
        while (finished < workload.streams()) {
            Notice.Timed timed = nextEvent();
            switch (timed.event()) {
                case EngineEvent.Tokens event -> {
                    tokens.merge(event.key(), event.tokens().size(), Integer::sum);
                    if (allStarted != 0 && full && timed.nanos() > allStarted) {
                        counted += event.tokens().size();
                        lastToken = timed.nanos();
                    }
                    if (allStarted == 0 && tokens.size() == workload.streams()) {
                        allStarted = timed.nanos();
                    }
                }
                case EngineEvent.Finished ignored -> {
                    finished++;
                    full = false;
                }
                case EngineEvent.Terminal other -> throw new IllegalStateException("the run ended with " + other);
                case EngineEvent.Started ignored -> {}
                case EngineEvent.PromptScored ignored -> {}
            }
        }
        return prefill
                ? workload.promptTokens() * workload.streams() * 1e9 / (allStarted - begin)
                : counted * 1e9 / (lastToken - allStarted);
    }

    private Notice.Timed nextEvent() throws InterruptedException {
        return switch (notices.take()) {
            case Notice.Timed timed -> timed;
            case Notice.Death death -> throw new IllegalStateException("the engine died", death.cause());
        };
    }

    private TokenIds randomPrompt(int tokens) {
        int[] ids = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = random.nextInt(vocabulary);
        }
        return TokenIds.of(ids);
    }

    private static SamplingParams sampling(int tokens) {
        return new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, tokens, 0, true, TokenIds.EMPTY, -1, -1);
    }

    @Override
    public void close() {
        engine.close();
    }
}
