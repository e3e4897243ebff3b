package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.OutputToken;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.engine.EngineEvent.FinishReason;
import troupe.engine.executor.ScoredToken;

class TimelineTest {
    private static final WorkerSelector.Selection ROUTE =
            new WorkerSelector.Selection(new WorkerId("b", 1), 8, 0.25, "prefix");
    private static final long RECEIVED = 1_000;

    private final Timeline timeline = timeline("request");

    static Timeline timeline(String id) {
        return new Timeline(new Timeline.Head(id, null, null, "/v1/completions", 5_000, RECEIVED));
    }

    @Test
    void shouldTellWhereTheTimeOfAnAttemptWent() {
        timeline.parsed(RECEIVED + 10);
        on(new SequenceEvent.Started("s", 0, 0, "a", 2, 30), 100);
        on(delta(1), 100);
        on(delta(2), 150);
        on(finished(), 160);
        timeline.ended(200, "stop", RECEIVED + 170);

        Waterfall waterfall = timeline.snapshot();
        assertEquals(
                List.of(new Waterfall.Attempt(0, 0, "a", 2, 0, 30, 100, 150, 160, 3, Waterfall.Outcome.FINISHED, null)),
                waterfall.attempts());
        assertEquals(10, waterfall.parsed());
        assertEquals(100, waterfall.firstToken());
        assertEquals(150, waterfall.lastToken());
        assertEquals(170, waterfall.ended());
        assertEquals(3, waterfall.outputTokens());
        assertEquals(2, waterfall.cachedTokens());
    }

    @Test
    void shouldTellALostAttemptFromTheOneThatGoesOn() {
        on(new SequenceEvent.Started("s", 0, 0, "a", 0, 5), 20);
        on(delta(1), 20);
        on(new SequenceEvent.Interrupted("s", 0, 0), 50);
        on(new SequenceEvent.Routed("s", 0, 1, ROUTE), 60);
        assertEquals(Waterfall.NEVER, timeline.snapshot().attempts().get(1).prefillBegin());
        on(new SequenceEvent.Started("s", 0, 1, "b", 7, 5), 90);
        on(delta(1), 90);
        on(finished(), 100);

        assertEquals(
                List.of(
                        new Waterfall.Attempt(0, 0, "a", 0, 0, 5, 20, 20, 50, 1, Waterfall.Outcome.LOST, null),
                        new Waterfall.Attempt(0, 1, "b", 7, 60, 65, 90, 90, 100, 1, Waterfall.Outcome.FINISHED, ROUTE)),
                timeline.snapshot().attempts());
        assertEquals(0, timeline.snapshot().cachedTokens());
        assertTrue(timeline.snapshot().isOpen());
    }

    @Test
    void shouldStopWhatRunsWhenTheRequestEnds() {
        on(new SequenceEvent.Started("s", 0, 0, "a", 0, 0), 20);
        timeline.ended(499, "abort", RECEIVED + 40);
        Waterfall.Attempt attempt = timeline.snapshot().attempts().getFirst();
        assertEquals(Waterfall.Outcome.STOPPED, attempt.outcome());
        assertEquals(40, attempt.ended());
    }

    @Test
    void shouldKeepABoundedNumberOfAttempts() {
        for (int i = 0; i < Timeline.MOST_ATTEMPTS + 3; i++) {
            timeline.on(i, new SequenceEvent.Started("s", i, 0, "a", 0, 0), RECEIVED);
        }
        assertEquals(Timeline.MOST_ATTEMPTS, timeline.snapshot().attempts().size());
        assertEquals(3, timeline.snapshot().attemptsLeftOut());
    }

    @Test
    void shouldKeepTheLatestRequests() {
        RecentRequests recent = new RecentRequests();
        for (int i = 0; i < RecentRequests.MOST + 2; i++) {
            recent.add(timeline("r" + i));
        }
        assertEquals(RecentRequests.MOST, recent.all().size());
        assertEquals("r" + (RecentRequests.MOST + 1), recent.all().getFirst().id());
        assertTrue(recent.find("r1").isEmpty());
        assertEquals("r2", recent.find("r2").orElseThrow().id());
    }

    private void on(SequenceEvent event, long sinceReceipt) {
        timeline.on(0, event, RECEIVED + sinceReceipt);
    }

    private static SequenceEvent delta(int tokens) {
        return new SequenceEvent.Delta(
                "s",
                0,
                "x",
                Stream.generate(() -> new OutputToken(new ScoredToken(1, 0, List.of()), 0))
                        .limit(tokens)
                        .toList());
    }

    private static SequenceEvent finished() {
        return new SequenceEvent.ChoiceFinished("s", 0, "", FinishReason.STOP, null, null);
    }
}
