package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import troupe.actors.EngineHandle;
import troupe.actors.Prompt;
import troupe.actors.PromptException;
import troupe.cluster.simulation.SyntheticTokens;
import troupe.conf.Settings;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineListener;
import troupe.engine.EngineRequest;
import troupe.engine.EngineSpeed;
import troupe.engine.StepReport;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

class TimedModelTest {
    private static final ExecutorInfo INFO =
            new ExecutorInfo("timed", "timed-v1", "none", 1_000, 2_048, TokenIds.of(0), 16, 100, 1);

    /** Collects the tokens of the one request until it ends. */
    private static final class Collector implements EngineListener {
        final List<Integer> tokens = new ArrayList<>();
        final CompletableFuture<EngineEvent> end = new CompletableFuture<>();

        @Override
        public void onStep(StepReport report) {
            for (EngineEvent event : report.events()) {
                if (event instanceof EngineEvent.Tokens(var ignored, var index, var drawn)) {
                    assertEquals(tokens.size(), index);
                    tokens.addAll(drawn.stream().map(ScoredToken::token).toList());
                } else if (event instanceof EngineEvent.Terminal) {
                    end.complete(event);
                }
            }
        }

        @Override
        public void onDeath(Throwable cause) {
            end.completeExceptionally(cause);
        }
    }

    private static TimedModel model() {
        return new TimedModel(
                INFO, new EngineSpeed(1e-4, 1e-6, 1e-6), Settings.load(null, "").engine());
    }

    @Test
    void shouldAnswerWithTheRunOfTheSeed() throws Exception {
        Collector collector = new Collector();
        SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, 20, 0, true, TokenIds.EMPTY, -1, -1);
        AttemptKey key = new AttemptKey("a", 1, 1, 0);
        try (EngineHandle engine = model().engines("worker", 0).start(collector)) {
            EngineRequest request = new EngineRequest(
                    key, TokenIds.of(5, 6, 7), TokenIds.EMPTY, sampling, 77, 0, Long.MAX_VALUE, "", Tenant.NONE);
            assertEquals(Admission.ACCEPTED, engine.submit(request));
            EngineEvent end = collector.end.get(20, TimeUnit.SECONDS);
            assertEquals(new EngineEvent.Finished(key, EngineEvent.FinishReason.LENGTH), end);
        }
        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            expected.add(SyntheticTokens.token(77, i, INFO.vocabularySize()));
        }
        assertEquals(expected, collector.tokens);
    }

    @Test
    void shouldTakeTokensAlone() {
        var codec = model().served().codec();
        assertEquals(TokenIds.of(1, 2), codec.encode(new Prompt.Tokens(TokenIds.of(1, 2))));
        assertThrows(PromptException.class, () -> codec.encode(new Prompt.Text("hello", true)));
    }
}
