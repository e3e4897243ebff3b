package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.SequenceEffect.Acknowledge;
import troupe.actors.SequenceEffect.Cancel;
import troupe.actors.SequenceEffect.Convict;
import troupe.actors.SequenceEffect.Emit;
import troupe.actors.SequenceEffect.End;
import troupe.actors.SequenceEffect.Rejoin;
import troupe.actors.SequenceEffect.Release;
import troupe.actors.SequenceEffect.Resend;
import troupe.actors.SequenceEffect.Reserve;
import troupe.actors.SequenceEffect.RetryLater;
import troupe.actors.SequenceEffect.Select;
import troupe.actors.SequenceEffect.Settle;
import troupe.actors.SequenceEffect.Submit;
import troupe.actors.testing.WordCodec;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

class SequenceStateTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final TestProbe<Sequence.Command> SELF = KIT.createTestProbe();
    private static final WorkerId FIRST = new WorkerId("first", 1);
    private static final WorkerId SECOND = new WorkerId("second", 1);
    private static final WorkerId THIRD = new WorkerId("third", 1);
    private static final TokenIds PROMPT = TokenIds.of(1, 2, 3);
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("stub", "sha", "words"), 100, 1_000, TokenIds.of(0), new WordCodec(1_000));

    private final List<SequenceEffect> all = new ArrayList<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldBeAcceptedOnlyWhenEveryChoiceHasAWorker() {
        SequenceState state = state(2, 100);
        state.begin();
        state.onSelected(key(0, 0), to(FIRST), "n", false);
        state.onSelected(key(0, 1), to(SECOND), "n", false);

        assertTrue(state.onAdmission(key(0, 0), Admission.ACCEPTED).isEmpty());
        assertTrue(state.onEvents(FIRST, List.of(started(0, 0))).isEmpty());
        List<SequenceEffect> effects = state.onAdmission(key(0, 1), Admission.ACCEPTED);

        assertInstanceOf(SequenceEvent.Accepted.class, emitted(effects).get(0));
        assertEquals(
                new SequenceEvent.Routed("s", 0, 0, to(FIRST)), emitted(effects).get(1));
        assertInstanceOf(SequenceEvent.Started.class, emitted(effects).get(2));
        assertEquals(
                new SequenceEvent.Routed("s", 1, 0, to(SECOND)),
                emitted(effects).get(3));
    }

    @Test
    void shouldResubmitPromptAndOutputSoFarWhenItsWorkerIsLost() {
        SequenceState state = running();
        state.onEvents(FIRST, List.of(started(0, 0), tokens(1, 0, 0, 7, 8)));
        state.onRead(0, 3);

        List<SequenceEffect> lost = state.onWorkerLost(FIRST, null);
        assertEquals(new Cancel(FIRST, key(0, 0)), lost.get(0));
        Select select = assertInstanceOf(Select.class, lost.get(1));
        assertEquals(TokenIds.of(1, 2, 3, 7, 8), select.tokens());
        assertEquals("n", select.numericsId());
        assertEquals(key(1, 0), select.attempt());
        assertEquals(List.of(new SequenceEvent.Interrupted("s", 0, 0)), emitted(lost));
        List<SequenceEffect> resubmitted = state.onSelected(key(1, 0), to(SECOND), "n", false);
        Submit submit = assertInstanceOf(Submit.class, resubmitted.get(0));
        assertEquals(TokenIds.of(7, 8), submit.output());
        assertEquals(
                List.of(new SequenceEvent.Routed("s", 0, 1, to(SECOND))),
                emitted(state.onAdmission(key(1, 0), Admission.ACCEPTED)));

        List<SequenceEffect> more =
                state.onEvents(SECOND, List.of(started(0, 1), new AttemptEvent(1, tokensOf(1, 2, 9))));
        assertEquals(
                new SequenceEvent.Started("s", 0, 1, SECOND.name(), 1, 10),
                emitted(more).get(0));
        assertEquals(" w9", ((SequenceEvent.Delta) emitted(more).get(1)).text());
    }

    @Test
    void shouldIgnoreWhatASupersededAttemptStillSays() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, null);
        state.onSelected(key(1, 0), to(SECOND), "n", false);

        assertTrue(state.onEvents(FIRST, List.of(started(0, 0), tokens(1, 0, 0, 5)))
                .isEmpty());
        assertTrue(state.onAdmission(key(0, 0), Admission.FULL).isEmpty());
    }

    @Test
    void shouldAskForAGapOnceAndTakeWhatComesAgain() {
        SequenceState state = running();
        List<SequenceEffect> effects =
                state.onEvents(FIRST, List.of(started(0, 0), tokens(2, 0, 1, 6), tokens(3, 0, 2, 7)));
        assertEquals(
                List.of(new Resend(FIRST, key(0, 0), 1)),
                effects.stream().filter(Resend.class::isInstance).toList());

        List<SequenceEffect> again = state.onEvents(
                FIRST, List.of(tokens(1, 0, 0, 5), tokens(2, 0, 1, 6), tokens(2, 0, 1, 6), tokens(3, 0, 2, 7)));
        StringBuilder text = new StringBuilder();
        emitted(again).forEach(event -> text.append(((SequenceEvent.Delta) event).text()));
        assertEquals(" w5 w6 w7", text.toString());
    }

    @Test
    void shouldEndWithOneTerminalEventAfterTheLastChoice() {
        SequenceState state = running();
        state.onEvents(FIRST, List.of(started(0, 0), tokens(1, 0, 0, 5)));
        List<SequenceEffect> effects = state.onEvents(
                FIRST,
                List.of(new AttemptEvent(2, new EngineEvent.Finished(key(0, 0), EngineEvent.FinishReason.LENGTH))));

        List<SequenceEvent> events = emitted(effects);
        assertInstanceOf(SequenceEvent.ChoiceFinished.class, events.get(0));
        assertEquals(new SequenceEvent.Completed("s", new SequenceEvent.Usage(3, 1, 1)), events.get(1));
        assertTrue(effects.contains(new End()));
        assertTrue(effects.contains(new Acknowledge(FIRST, key(0, 0), 3)));
        assertTrue(state.onAbort(FailureKind.DEADLINE, "late").isEmpty());
        assertTrue(state.onAbandoned().isEmpty());
    }

    @Test
    void shouldCancelAndFailAReaderThatFallsTooFarBehind() {
        SequenceState state = running();
        List<AttemptEvent> events = new ArrayList<>(List.of(started(0, 0)));
        for (int i = 0; i < AttemptLedger.CREDIT; i++) {
            events.add(tokens(i + 1, 0, i, 5));
        }
        // All that a worker sends ahead may come at once.
        assertFalse(emitted(state.onEvents(FIRST, events)).getLast() instanceof SequenceEvent.Terminal);
        events.clear();
        for (int i = AttemptLedger.CREDIT; i < 2 * AttemptLedger.CREDIT; i++) {
            events.add(tokens(i + 1, 0, i, 5));
        }
        List<SequenceEffect> effects = state.onEvents(FIRST, events);

        SequenceEvent last = emitted(effects).getLast();
        assertEquals(FailureKind.SLOW_READER, ((SequenceEvent.Failed) last).kind());
        assertTrue(effects.contains(new Cancel(FIRST, key(0, 0))));
        assertTrue(state.isEnded());
    }

    @Test
    void shouldCancelWhenNobodyListensAnyMore() {
        assertEquals(List.of(new Cancel(FIRST, key(0, 0)), new End()), running().onAbandoned());
    }

    @Test
    void shouldAskAgainLaterWhenAllWorkersAreFull() {
        SequenceState fresh = state(1, 100);
        fresh.begin();
        fresh.onSelected(key(0, 0), to(FIRST), "n", false);
        Select again = (Select) fresh.onAdmission(key(0, 0), Admission.FULL).get(0);
        assertTrue(again.avoid().contains(FIRST));
        assertEquals(List.of(new RetryLater(0, Duration.ofMillis(50))), fresh.onNoWorker(key(1, 0)));
        assertEquals(Set.of(), ((Select) fresh.onRetry(0).get(0)).avoid());

        SequenceState accepted = running();
        accepted.onWorkerLost(FIRST, null);
        accepted.onSelected(key(1, 0), to(SECOND), "n", false);
        accepted.onAdmission(key(1, 0), Admission.FULL);
        assertEquals(List.of(new RetryLater(0, Duration.ofMillis(50))), accepted.onNoWorker(key(2, 0)));
        assertInstanceOf(Select.class, accepted.onRetry(0).get(0));
    }

    @Test
    void shouldNeverFailARequestForWorkersThatWereKilled() {
        SequenceState state = running();
        for (int attempt = 1; attempt < 20; attempt++) {
            List<SequenceEffect> lost = state.onWorkerLost(FIRST, DeathCause.KILLED);
            if (attempt > 2) { // one that is lost so often in a row does not come back at once
                assertTrue(lost.stream().anyMatch(RetryLater.class::isInstance), lost::toString);
                lost = state.onRetry(0);
            }
            assertFalse(select(lost).isolated());
            state.onSelected(key(attempt, 0), to(FIRST), "n", false);
        }
        assertFalse(state.isEnded());
    }

    @Test
    void shouldRunASuspectAloneAndConvictItByADeathThere() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, DeathCause.SIGSEGV);
        state.onSelected(key(1, 0), to(SECOND), "n", false);
        Select select = select(state.onWorkerLost(SECOND, DeathCause.SIGABRT));
        assertTrue(select.isolated());

        assertEquals(List.of(new Reserve(THIRD, key(2, 0), true)), state.onSelected(key(2, 0), to(THIRD), "n", true));
        assertEquals(List.of(new RetryLater(0, Duration.ofMillis(50))), state.onReserved(key(2, 0), false));
        assertEquals(List.of(new Reserve(THIRD, key(2, 0), true)), state.onRetry(0));
        assertEquals(List.of(new Submit(THIRD, key(2, 0), TokenIds.EMPTY)), state.onReserved(key(2, 0), true));
        List<SequenceEffect> convicted = state.onWorkerLost(THIRD, DeathCause.SIGSEGV);
        assertTrue(convicted.contains(new Convict()));
        assertTrue(convicted.contains(new Rejoin()));
        assertFalse(convicted.contains(new Release(THIRD))); // it is gone
        SequenceEvent.Failed failed = (SequenceEvent.Failed) emitted(convicted).getLast();
        assertEquals(FailureKind.CRASHES_WORKERS, failed.kind());
    }

    @Test
    void shouldMoveASuspectOutOfItsCompanyWhenTheCauseComesLate() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, null);
        state.onSelected(key(1, 0), to(SECOND), "n", false);
        state.onVerdict(FIRST, DeathCause.SIGSEGV, true);
        // Held back until the cause is known.
        List<SequenceEffect> lost = state.onWorkerLost(SECOND, null);
        assertTrue(lost.contains(new RetryLater(0, Suspicion.FIRST_HOLD)), lost::toString);
        assertTrue(
                select(state.onVerdict(SECOND, DeathCause.OUT_OF_MEMORY, true)).isolated());
    }

    @Test
    void shouldGoOnWithAnAttemptThatItsWorkerHasDroppedByMistake() {
        SequenceState state = running();
        state.onEvents(FIRST, List.of(started(0, 0), tokens(1, 0, 0, 7, 8)));
        Select select = select(state.onDropped(key(0, 0)));
        assertEquals(key(1, 0), select.attempt());
        assertEquals(TokenIds.of(1, 2, 3, 7, 8), select.tokens());
        assertEquals(List.of(), state.onDropped(key(0, 0)));
    }

    @Test
    void shouldGoOnAtOnceWhenTheCauseThatItWaitsForDoesNotCount() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, null);
        state.onSelected(key(1, 0), to(SECOND), "n", false);
        state.onVerdict(FIRST, DeathCause.KILLED, true);
        state.onWorkerLost(SECOND, null);
        assertFalse(select(state.onVerdict(SECOND, DeathCause.KILLED, true)).isolated());
    }

    @Test
    void shouldClearASuspectThatGetsFurtherAlone() {
        SequenceState state = alone();
        List<SequenceEffect> effects = new ArrayList<>();
        for (int i = 0; i < Suspicion.CLEARING_TOKENS; i++) {
            assertFalse(effects.contains(new Release(THIRD)));
            effects.addAll(state.onEvents(THIRD, List.of(tokens(i, 2, i, 5))));
            state.onRead(0, 100);
        }
        assertTrue(effects.contains(new Release(THIRD)));
        // It goes on where it is, and is lost like any other.
        assertFalse(select(state.onWorkerLost(THIRD, DeathCause.SIGSEGV)).isolated());
    }

    @Test
    void shouldKeepTheWorkerThatItWasAloneOnUntilTheCauseOfItsLossIsKnown() {
        SequenceState state = alone();
        List<SequenceEffect> lost = state.onWorkerLost(THIRD, null);
        assertTrue(lost.contains(new Rejoin()));
        assertFalse(lost.contains(new Release(THIRD)));
        assertTrue(state.onVerdict(THIRD, DeathCause.SIGSEGV, true).contains(new Convict()));
    }

    @Test
    void shouldNotBeConvictedByTheDeathOfAWorkerThatItHasLetGo() {
        SequenceState state = alone();
        state.onWorkerLost(THIRD, null);
        List<SequenceEffect> waitedLongEnough = state.onRetry(0);
        assertTrue(waitedLongEnough.contains(new Release(THIRD)));
        assertTrue(select(waitedLongEnough).isolated());
        // It lived, and others were there meanwhile.
        assertFalse(state.onWorkerLost(THIRD, DeathCause.SIGSEGV).contains(new Convict()));
        assertFalse(state.isEnded());
    }

    @Test
    void shouldTellAWorkerAgainAndAgainThatItNeedNotBeKept() {
        SequenceState state = alone();
        state.onWorkerLost(THIRD, null);
        state.onRetry(0);
        for (int i = 0; i < 3; i++) {
            assertEquals(List.of(new Release(THIRD)), state.onTick());
        }
        // The next engine of that name is asked anew.
        WorkerId next = new WorkerId(THIRD.name(), 2);
        assertEquals(List.of(new Reserve(next, key(3, 0), true)), state.onSelected(key(3, 0), to(next), "n", true));
        assertEquals(List.of(), state.onTick());
        assertFalse(state.hasReleased());
    }

    @Test
    void shouldLetEveryWorkerGoThatItsChoicesWereAloneOn() {
        SequenceState state = state(2, 100);
        state.begin();
        for (WorkerId worker : List.of(FIRST, SECOND)) {
            for (int choice = 0; choice < 2; choice++) {
                state.onSelected(key(worker.equals(FIRST) ? 0 : 1, choice), to(worker), "n", false);
            }
            state.onWorkerLost(worker, DeathCause.SIGSEGV);
        }
        state.onSelected(key(2, 0), to(THIRD), "n", true);
        state.onSelected(key(2, 1), to(FIRST), "n", true);
        List<SequenceEffect> ended = state.onAbort(FailureKind.DEADLINE, "late");
        assertTrue(ended.containsAll(List.of(new Release(THIRD), new Release(FIRST), new Rejoin())), ended::toString);
    }

    @Test
    void shouldKeepNoWorkerThatDoesNotAnswerWhileItLooksForAnother() {
        SequenceState state = suspect();
        state.onSelected(key(2, 0), to(THIRD), "n", true);
        List<SequenceEffect> effects = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            effects.addAll(state.onTick());
        }
        assertTrue(select(effects).isolated());
        assertTrue(effects.contains(new Release(THIRD)), effects::toString);
    }

    /** A suspect that is alone on a third worker. */
    private SequenceState alone() {
        SequenceState state = suspect();
        state.onSelected(key(2, 0), to(THIRD), "n", true);
        state.onReserved(key(2, 0), true);
        state.onAdmission(key(2, 0), Admission.ACCEPTED);
        return state;
    }

    /** Its engine died twice. */
    private SequenceState suspect() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, DeathCause.SIGSEGV);
        state.onSelected(key(1, 0), to(SECOND), "n", false);
        state.onWorkerLost(SECOND, DeathCause.SIGSEGV);
        return state;
    }

    @Test
    void shouldWaitWhereTheOnlyWorkerIsKeptForAnotherRequest() {
        SequenceState fresh = state(1, 100);
        fresh.begin();
        fresh.onSelected(key(0, 0), to(FIRST), "n", false);
        fresh.onAdmission(key(0, 0), Admission.RESERVED);
        assertEquals(List.of(new RetryLater(0, Duration.ofMillis(50))), fresh.onNoWorker(key(1, 0)));
    }

    private static Select select(List<SequenceEffect> effects) {
        return (Select)
                effects.stream().filter(Select.class::isInstance).findFirst().orElseThrow();
    }

    @Test
    void shouldSubmitAgainWhenAWorkerDoesNotAnswer() {
        SequenceState state = state(1, 100);
        state.begin();
        state.onSelected(key(0, 0), to(FIRST), "n", false);
        for (int i = 0; i < 5; i++) {
            all.addAll(state.onTick());
        }
        assertEquals(new Cancel(FIRST, key(0, 0)), all.get(0));
        assertEquals(key(1, 0), ((Select) all.get(1)).attempt());
    }

    @Test
    void shouldAskAWorkerThatSaysNothingWhetherItHasTheAttempt() {
        SequenceState state = running();
        state.onEvents(FIRST, List.of(started(0, 0), tokens(1, 0, 0, 7)));
        List<SequenceEffect> asked = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            asked.addAll(state.onTick());
        }
        state.onEvents(FIRST, List.of(tokens(2, 0, 1, 8)));
        for (int i = 0; i < 4; i++) {
            asked.addAll(state.onTick());
        }
        assertEquals(List.of(), asked);
        assertEquals(List.of(new Resend(FIRST, key(0, 0), 3)), state.onTick());
    }

    @Test
    void shouldSettleAnAttemptThatIsDroppedBeforeItsAdmissionIsKnown() {
        SequenceState state = state(1, 100);
        state.begin();
        state.onSelected(key(0, 0), to(FIRST), "n", false);
        assertTrue(state.onDropped(key(0, 0)).contains(new Settle(key(0, 0))));
    }

    private static WorkerSelector.Selection to(WorkerId worker) {
        return new WorkerSelector.Selection(worker, 2, 0.5, "test");
    }

    @Test
    void shouldSettleAnAttemptThatAWorkerIsFoundForTooLate() {
        SequenceState state = running();
        state.onWorkerLost(FIRST, null);
        assertEquals(List.of(new Settle(key(0, 0))), state.onSelected(key(0, 0), to(SECOND), "n", false));
    }

    @Test
    void shouldSettleAnAttemptOnceEvenIfItsAdmissionIsLost() {
        SequenceState state = state(1, 100);
        state.begin();
        state.onSelected(key(0, 0), to(FIRST), "n", false);

        assertTrue(state.onEvents(FIRST, List.of(started(0, 0))).contains(new Settle(key(0, 0))));
        assertFalse(state.onAdmission(key(0, 0), Admission.ACCEPTED).contains(new Settle(key(0, 0))));
    }

    @Test
    void shouldSettleAnAttemptThatEndsWhileItsWorkerIsBeingChosen() {
        SequenceState state = state(1, 100);
        state.begin();

        assertTrue(state.onAbandoned().contains(new Settle(key(0, 0))));
    }

    private static SequenceState running() {
        SequenceState state = state(1, 1);
        state.begin();
        state.onSelected(key(0, 0), to(FIRST), "n", false);
        state.onAdmission(key(0, 0), Admission.ACCEPTED);
        return state;
    }

    private static SequenceState state(int choices, int maxUnread) {
        GenerationRequest request = new GenerationRequest(
                new RequestTag("request", null),
                "stub",
                new Prompt.Tokens(PROMPT),
                choices,
                50,
                SamplingParams.greedy(50),
                1L,
                List.of(),
                false,
                true,
                0,
                "",
                null,
                Tenant.NONE);
        return new SequenceState(
                new SequenceEvent.Accepted("s", PROMPT, 5, SELF.ref(), 1, null),
                1,
                request,
                SamplingParams.greedy(50),
                MODEL,
                maxUnread,
                null,
                0);
    }

    private static AttemptKey key(int attempt, int choice) {
        return new AttemptKey("s", 1, attempt, choice);
    }

    private static AttemptEvent started(int choice, int attempt) {
        return new AttemptEvent(0, new EngineEvent.Started(key(attempt, choice), 1, 10));
    }

    private static AttemptEvent tokens(int number, int attempt, int firstIndex, int... ids) {
        return new AttemptEvent(number, tokensOf(attempt, firstIndex, ids));
    }

    private static EngineEvent.Tokens tokensOf(int attempt, int firstIndex, int... ids) {
        List<ScoredToken> scored = new ArrayList<>();
        for (int id : ids) {
            scored.add(new ScoredToken(id, Float.NaN, List.of()));
        }
        return new EngineEvent.Tokens(key(attempt, 0), firstIndex, scored);
    }

    private static List<SequenceEvent> emitted(List<SequenceEffect> effects) {
        List<SequenceEvent> events = new ArrayList<>();
        for (SequenceEffect effect : effects) {
            if (effect instanceof Emit(var event)) {
                events.add(event);
            }
        }
        return events;
    }
}
