package troupe.engine.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.SliceResult;
import troupe.engine.executor.StepPlan;
import troupe.engine.executor.StepResult;
import troupe.engine.testing.StubExecutor;
import troupe.engine.testing.StubModel;

/** A scheduler and a stub executor, stepped by hand; after every call the invariants are checked. */
final class SimulatedEngine {
    /** What an attempt has been seen to do. */
    static final class Trace {
        final EngineRequest request;
        final List<Integer> output = new ArrayList<>();
        int cachedTokens = -1;
        boolean promptScored;
        EngineEvent.@Nullable Terminal end;

        Trace(EngineRequest request) {
            this.request = request;
            for (int i = 0; i < request.output().size(); i++) {
                output.add(request.output().get(i));
            }
        }

        TokenIds tokens() {
            return TokenIds.of(output.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    final ExecutorInfo info;
    final Scheduler scheduler;
    /** Sequences in the order in which they came into the batch for the first time. */
    final List<String> started = new ArrayList<>();

    private final SchedulerLimits limits;
    private final StubExecutor executor;
    private final Map<AttemptKey, Trace> traces = new LinkedHashMap<>();
    private final Map<AttemptKey, TokenIds> expected = new HashMap<>();
    long now;

    SimulatedEngine(ExecutorInfo info, SchedulerLimits limits) {
        this.info = info;
        this.limits = limits;
        scheduler = new Scheduler(info, limits);
        executor = new StubExecutor(info);
    }

    Trace add(EngineRequest request) {
        Trace trace = traces.computeIfAbsent(request.key(), key -> new Trace(request));
        scheduler.add(request, now);
        check();
        return trace;
    }

    void cancel(AttemptKey key) {
        scheduler.cancel(key);
        check();
    }

    void closeAll() {
        scheduler.closeAll();
        check();
    }

    Optional<StepPlan> step() {
        return step(-1);
    }

    /** Steps; the slice of index {@code failing}, if there is one, fails. */
    Optional<StepPlan> step(int failing) {
        now++;
        Optional<StepPlan> plan = scheduler.schedule(now);
        plan.ifPresent(step -> {
            assertTrue(step.tokens() <= limits.maxStepTokens(), "the token budget holds");
            assertTrue(step.slices().size() <= limits.maxSequences(), "the sequence limit holds");
            StepResult result = executor.submit(step).await();
            List<SliceResult> slices = new ArrayList<>(result.slices());
            if (failing >= 0 && failing < slices.size()) {
                slices.set(failing, new SliceResult.Failed("a logit is NaN"));
            }
            scheduler.commit(new StepResult(result.stepId(), slices));
        });
        check();
        return plan;
    }

    int runToEnd(int maxSteps) {
        int steps = 0;
        while (scheduler.hasWork()) {
            assertTrue(steps++ < maxSteps, "nobody starves: not finished after " + maxSteps + " steps");
            step();
        }
        return steps;
    }

    List<Trace> live() {
        List<Trace> live = new ArrayList<>();
        for (Trace trace : traces.values()) {
            if (trace.end == null) {
                live.add(trace);
            }
        }
        return live;
    }

    List<Trace> all() {
        return new ArrayList<>(traces.values());
    }

    private void check() {
        scheduler.verify();
        for (EngineEvent event : scheduler.takeEvents()) {
            see(event);
        }
        int live = scheduler.stats().running() + scheduler.stats().waiting();
        assertEquals(live, live().size(), "an attempt is live until its terminal event");
    }

    private void see(EngineEvent event) {
        Trace trace = Objects.requireNonNull(traces.get(event.key()), () -> "an event of nobody: " + event);
        assertNull(trace.end, () -> "nothing follows a terminal event: " + event);
        switch (event) {
            case EngineEvent.Started started -> {
                assertEquals(-1, trace.cachedTokens, "an attempt starts once");
                trace.cachedTokens = started.cachedTokens();
                this.started.add(event.key().sequence());
            }
            case EngineEvent.PromptScored scored -> {
                assertFalse(trace.promptScored, "a prompt is scored once");
                assertTrue(trace.request.sampling().promptLogprobs() >= 0, "only if asked for");
                assertEquals(trace.request.prompt().size() - 1, scored.tokens().size());
                for (int i = 0; i < scored.tokens().size(); i++) {
                    assertEquals(
                            trace.request.prompt().get(i + 1),
                            scored.tokens().get(i).token());
                }
                trace.promptScored = true;
            }
            case EngineEvent.Tokens tokens -> {
                assertTrue(trace.cachedTokens >= 0, "tokens come after the start");
                assertEquals(trace.request.sampling().promptLogprobs() >= 0, trace.promptScored);
                assertEquals(trace.output.size(), tokens.firstIndex(), "tokens are gapless");
                tokens.tokens().forEach(token -> trace.output.add(token.token()));
                TokenIds whole = expected(trace);
                assertEquals(whole.slice(0, trace.output.size()), trace.tokens(), "the undisturbed run's tokens");
            }
            case EngineEvent.Finished finished -> {
                assertEquals(expected(trace), trace.tokens(), "finished means complete");
                trace.end = finished;
            }
            case EngineEvent.Failed failed -> trace.end = failed;
            case EngineEvent.Cancelled cancelled -> trace.end = cancelled;
        }
    }

    private TokenIds expected(Trace trace) {
        return expected.computeIfAbsent(trace.request.key(), key -> StubModel.expectedOutput(info, trace.request));
    }
}
