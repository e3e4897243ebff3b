package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.resume.AnswerTag;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.ResumeKey;
import troupe.actors.resume.Resumption;
import troupe.actors.testing.WordCodec;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

/** What is more to a resumable request's {@link SequenceState}. */
class ResumableSequenceTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final TestProbe<Sequence.Command> SELF = KIT.createTestProbe();
    private static final WorkerId WORKER = new WorkerId("worker", 1);
    private static final TokenIds PROMPT = TokenIds.of(1, 2, 3);
    private static final int MOST_TOKENS = 5;
    private static final int END_OF_SEQUENCE = 0;
    private static final SamplingParams SAMPLING = SamplingParams.greedy(MOST_TOKENS);
    private static final String ANSWER = AnswerTag.of("body", SAMPLING, 1, "n");
    private static final ServedModel MODEL = new ServedModel(
            new ModelId("stub", "sha", "words"), 100, 1_000, TokenIds.of(END_OF_SEQUENCE), new WordCodec(1_000));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldLetNothingOutBeforeItIsReplicated() {
        SequenceState state = state(null, List.of(), List.of());
        state.onAttached(null);
        state.begin();
        state.onSelected(key(1), to(), "n", false);
        assertEquals(
                List.of(new SequenceEffect.Replicate("n")),
                of(state.onAdmission(key(1), Admission.ACCEPTED), SequenceEffect.Replicate.class));
        assertEquals(List.of(), logged(state.onEvents(WORKER, List.of(tokens(0, 7)))));

        List<SequenceEvent> out = logged(state.onReplicated());
        assertEquals(
                ANSWER,
                assertInstanceOf(SequenceEvent.Accepted.class, out.get(0)).answer());
        assertEquals(" w7", text(out));
        assertEquals(List.of(), logged(state.onReplicated()));
    }

    @Test
    void shouldSayAndReplicateEachTokenForItself() {
        SequenceState state = open();
        List<SequenceEffect> effects = state.onEvents(WORKER, List.of(tokens(0, 7, 8)));
        assertEquals(2, logged(effects).size());
        assertEquals(List.of(new SequenceEffect.Tail(0, 0, scored(7, 8))), of(effects, SequenceEffect.Tail.class));
        assertEquals(
                List.of(new SequenceEffect.Tail(0, 1, scored(8))),
                of(state.onSendTokens(List.of(1)), SequenceEffect.Tail.class));
    }

    @Test
    void shouldGoOnWithoutAListenerAndTellTheNextOneTheRest() {
        SequenceState state = open();
        state.onEvents(WORKER, List.of(tokens(0, 7)));
        state.onDetached();
        assertEquals(List.of(), logged(state.onEvents(WORKER, List.of(tokens(1, 8)))));
        List<SequenceEvent> out = logged(state.onAttached(new ReadSoFar(ANSWER, List.of(1))));
        assertEquals(" w8", text(out));
    }

    @Test
    void shouldKeepItsFinishedAnswerUntilNobodyCanComeBack() {
        SequenceState state = open();
        state.onEvents(WORKER, List.of(tokens(0, 7)));
        List<SequenceEffect> effects = state.onEvents(
                WORKER,
                List.of(new AttemptEvent(1, new EngineEvent.Finished(key(1), EngineEvent.FinishReason.LENGTH))));
        assertEquals(1, of(effects, SequenceEffect.Finished.class).size());
        assertEquals(List.of(), of(effects, SequenceEffect.End.class));

        List<SequenceEvent> again = logged(state.onAttached(null));
        assertInstanceOf(SequenceEvent.Completed.class, again.getLast());
        assertEquals(" w7", text(again));
        assertEquals(List.of(new SequenceEffect.End()), state.onAbandoned());
    }

    @Test
    void shouldKeepTheFailureOfAnAcceptedRequestToo() {
        SequenceState state = open();
        List<SequenceEffect> effects = state.onAbort(FailureKind.DEADLINE, "late");
        assertEquals(1, of(effects, SequenceEffect.Finished.class).size());
        assertInstanceOf(
                SequenceEvent.Failed.class, logged(state.onAttached(null)).getLast());
    }

    @Test
    void shouldNotKeepARequestThatWasNeverAccepted() {
        SequenceState state = state(null, List.of(), List.of());
        state.begin();
        List<SequenceEffect> effects = state.onAbort(FailureKind.DEADLINE, "late");
        assertEquals(List.of(new SequenceEffect.End()), of(effects, SequenceEffect.End.class));
    }

    @Test
    void shouldGoOnWhereAnotherOwnerWas() {
        SequenceState state = state("n", scored(7, 8), List.of());
        state.onAttached(new ReadSoFar(ANSWER, List.of(1)));
        SequenceEffect.Select select = (SequenceEffect.Select)
                of(state.begin(), SequenceEffect.Select.class).get(0);
        assertEquals(TokenIds.of(1, 2, 3, 7, 8), select.tokens());
        assertEquals("n", select.numericsId());
        assertEquals(
                1,
                of(state.onSelected(key(1), to(), "other", false), SequenceEffect.Select.class)
                        .size());
        SequenceEffect.Submit submit =
                (SequenceEffect.Submit) of(state.onSelected(key(1), to(), "n", false), SequenceEffect.Submit.class)
                        .get(0);
        assertEquals(TokenIds.of(7, 8), submit.output());
        state.onAdmission(key(1), Admission.ACCEPTED);
        assertEquals(" w8", text(logged(state.onReplicated())));
        assertEquals(" w9", text(logged(state.onEvents(WORKER, List.of(tokensFrom(0, 2, 9))))));
    }

    @Test
    void shouldEndWhatAnotherOwnerHadEndedWithoutAWorker() {
        for (List<ScoredToken> known : List.of(scored(7, END_OF_SEQUENCE), scored(7, 8, 9), scored(1, 2, 3, 4, 5))) {
            // The second is ended by a stop string.
            SequenceState state = state("n", known, List.of(" w9"));
            state.onAttached(null);
            List<SequenceEffect> effects = state.begin();
            assertEquals(List.of(), of(effects, SequenceEffect.Select.class));
            assertEquals(1, of(effects, SequenceEffect.Finished.class).size());
            List<SequenceEvent> out = logged(state.onReplicated());
            assertInstanceOf(SequenceEvent.Accepted.class, out.getFirst());
            assertInstanceOf(SequenceEvent.Completed.class, out.getLast());
        }
    }

    @Test
    void shouldRefuseAListenerThatHasReadAnotherAnswer() {
        SequenceState state = open();
        assertTrue(state.refusal(null).isEmpty());
        assertTrue(state.refusal(new ReadSoFar(ANSWER, List.of(1))).isEmpty());
        assertEquals(
                FailureKind.RESUME_NOT_FOUND,
                state.refusal(new ReadSoFar("another", List.of(1)))
                        .orElseThrow()
                        .kind());
    }

    @Test
    void shouldFailWhereItComesToAnotherAnswerThanItsClientHasRead() {
        SequenceState state = state(null, List.of(), List.of());
        state.onAttached(new ReadSoFar("another", List.of(1)));
        state.begin();
        state.onSelected(key(1), to(), "n", false);
        List<SequenceEffect> effects = state.onAdmission(key(1), Admission.ACCEPTED);
        SequenceEffect.Emit refusal =
                (SequenceEffect.Emit) of(effects, SequenceEffect.Emit.class).get(0);
        assertEquals(FailureKind.RESUME_NOT_FOUND, ((SequenceEvent.Failed) refusal.event()).kind());
        assertEquals(1, of(effects, SequenceEffect.End.class).size());
    }

    @Test
    void shouldSayNothingMoreWhenItIsSuperseded() {
        SequenceState told = open();
        assertMoved(told.onSuperseded());
        assertEquals(List.of(), told.onEvents(WORKER, List.of(tokens(0, 7))));

        SequenceState refused = state(null, List.of(), List.of());
        refused.begin();
        refused.onSelected(key(1), to(), "n", false);
        assertMoved(refused.onAdmission(key(1), Admission.SUPERSEDED));

        // A repeated submission, which arrives after a later epoch's.
        SequenceState repeated = state(null, List.of(), List.of());
        repeated.begin();
        repeated.onSelected(key(1), to(), "n", false);
        repeated.onAdmission(key(1), Admission.ACCEPTED);
        assertMoved(repeated.onAdmission(key(1), Admission.SUPERSEDED));
    }

    private static void assertMoved(List<SequenceEffect> effects) {
        SequenceEffect.Emit last =
                (SequenceEffect.Emit) of(effects, SequenceEffect.Emit.class).getLast();
        assertEquals(FailureKind.MOVED, ((SequenceEvent.Failed) last.event()).kind());
        assertEquals(1, of(effects, SequenceEffect.End.class).size());
    }

    private static SequenceState open() {
        SequenceState state = state(null, List.of(), List.of());
        state.onAttached(null);
        state.begin();
        state.onSelected(key(1), to(), "n", false);
        state.onAdmission(key(1), Admission.ACCEPTED);
        state.onReplicated();
        return state;
    }

    private static SequenceState state(@Nullable String numericsId, List<ScoredToken> known, List<String> stop) {
        GenerationRequest request = new GenerationRequest(
                new RequestTag("request", null),
                "stub",
                new Prompt.Tokens(PROMPT),
                1,
                MOST_TOKENS,
                SAMPLING,
                1L,
                stop,
                false,
                true,
                0,
                "",
                null,
                Tenant.NONE);
        Resumption resumption = new Resumption(new ResumeKey("", "id", 0), "body", Duration.ofSeconds(30));
        return new SequenceState(
                new SequenceEvent.Accepted("s", PROMPT, 5, SELF.ref(), 1, null),
                1,
                request,
                SAMPLING,
                MODEL,
                100,
                new ResumableStart(resumption, null, numericsId, List.of(known)),
                1);
    }

    private static WorkerSelector.Selection to() {
        return new WorkerSelector.Selection(WORKER, 2, 0.5, "test");
    }

    private static AttemptKey key(long epoch) {
        return new AttemptKey("s", epoch, 0, 0);
    }

    private static AttemptEvent tokens(int number, int... ids) {
        return tokensFrom(number, number, ids);
    }

    private static AttemptEvent tokensFrom(int number, int firstIndex, int... ids) {
        return new AttemptEvent(number, new EngineEvent.Tokens(key(1), firstIndex, scored(ids)));
    }

    private static List<ScoredToken> scored(int... ids) {
        List<ScoredToken> scored = new ArrayList<>();
        for (int id : ids) {
            scored.add(new ScoredToken(id, -1, List.of()));
        }
        return scored;
    }

    private static List<SequenceEffect> of(List<SequenceEffect> effects, Class<? extends SequenceEffect> type) {
        return effects.stream().filter(type::isInstance).toList();
    }

    private static List<SequenceEvent> logged(List<SequenceEffect> effects) {
        List<SequenceEvent> events = new ArrayList<>();
        for (SequenceEffect effect : effects) {
            if (effect instanceof SequenceEffect.EmitLogged(var logged)) {
                events.add(logged.event());
            }
        }
        return events;
    }

    private static String text(List<SequenceEvent> events) {
        StringBuilder text = new StringBuilder();
        for (SequenceEvent event : events) {
            if (event instanceof SequenceEvent.Delta delta) {
                text.append(delta.text());
            }
        }
        return text.toString();
    }
}
