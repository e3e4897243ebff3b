package troupe.cluster.simulation.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.AttemptEvent;
import troupe.actors.FailureKind;
import troupe.actors.SequenceEvent;
import troupe.actors.SequenceEvent.ChoiceFinished;
import troupe.actors.SequenceEvent.Delta;
import troupe.actors.WorkerId;
import troupe.actors.resume.PeerMessage;
import troupe.actors.resume.TokenTail;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ScoredToken;
import troupe.engine.sampling.SamplingParams;

/** A protocol that is broken on purpose: every invariant notices. */
class SabotageTest {
    private static final Set<Peril> PERILS = EnumSet.of(Peril.MESSAGE, Peril.STEP, Peril.CLIENT, Peril.GATEWAY);

    @Test
    void shouldNoticeASecondEnd() {
        assertNoticed(Invariant.ONE_TERMINAL_EVENT, 0, () -> repeating(heard(SequenceEvent.Completed.class)));
    }

    @Test
    void shouldNoticeAMissingBeginning() {
        assertNoticed(Invariant.ORDERED_EVENTS, 0, () -> swallowing(heard(SequenceEvent.Accepted.class)));
    }

    @Test
    void shouldNoticeARepeatedToken() {
        assertNoticed(Invariant.SAME_TOKENS, 0, () -> repeating(heard(Delta.class)));
    }

    @Test
    void shouldNoticeAMissingToken() {
        assertNoticed(
                Invariant.SAME_TOKENS,
                0,
                () -> swallowing(message -> message instanceof Message.Heard(Delta delta, var ignored)
                        && delta.tokens().getFirst().textOffset() == 1));
    }

    @Test
    void shouldNoticeATokenThatAnAttemptDrewAnew() {
        // The next attempt does not know what the one before it has said.
        Sabotage forgetting = (to, message) -> List.of(
                message instanceof Message.Submit submit
                        ? new Message.Submit(
                                submit.attempt(),
                                submit.prompt(),
                                submit.output(),
                                submit.sampling(),
                                submit.seed() + submit.attempt().attempt(),
                                submit.priority(),
                                submit.remainingNanos(),
                                submit.cacheSalt(),
                                submit.tenant(),
                                submit.owner(),
                                submit.gateway())
                        : message);
        assertNoticed(Invariant.SAME_TOKENS, 1, () -> forgetting);
    }

    @Test
    void shouldNoticeAnotherLogProbability() {
        assertNoticed(
                Invariant.SAME_LOGPROBS,
                0,
                () -> tokens(token -> new ScoredToken(token.token(), token.logprob() - 1, token.top())));
    }

    @Test
    void shouldNoticeAnotherText() {
        assertNoticed(
                Invariant.SAME_TEXT,
                0,
                () -> (to, message) -> List.of(
                        message instanceof Message.Heard(ChoiceFinished end, var from)
                                ? new Message.Heard(
                                        new ChoiceFinished(end.sequence(), end.choice(), "!", end.reason(), null, null),
                                        from)
                                : message));
    }

    @Test
    void shouldNoticeATokenOfASupersededAttempt() {
        assertNoticed(Invariant.NO_SUPERSEDED_TOKENS, 2, Confusion::new);
    }

    @Test
    void shouldNoticeANeedlessFailure() {
        assertNoticed(
                Invariant.NO_NEEDLESS_FAILURE,
                0,
                () -> (to, message) -> List.of(
                        message instanceof Message.Heard(SequenceEvent.Completed end, var from)
                                ? new Message.Heard(
                                        new SequenceEvent.Failed(end.sequence(), FailureKind.INTERNAL, "no reason"),
                                        from)
                                : message));
    }

    @Test
    void shouldNoticeAGapThatNobodySees() {
        // Events are numbered as they arrive, so that a lost one seems never to have been.
        assertNoticed(Invariant.NO_NEEDLESS_FAILURE, 1, Renumbering::new);
    }

    @Test
    void shouldNoticeThatAnInnocentRequestIsRefused() {
        // Every worker says yes to whoever wants it for itself, whatever else it has.
        Sabotage crowding = (to, message) -> switch (message) {
            case Message.Reserve(var attempt, var claim, var owner) -> {
                owner.receive(new Message.Reserved(attempt, true));
                yield List.of();
            }
            case Message.Admitted(var attempt, var admission)
            when admission == Admission.RESERVED -> List.of(new Message.Admitted(attempt, Admission.FULL));
            default -> List.of(message);
        };
        assertNoticedByChance(Invariant.ONLY_THE_GUILTY, crowding);
    }

    @Test
    void shouldNoticeThatNobodyHearsOfALostWorker() {
        assertNoticed(Invariant.NOBODY_WAITS_FOR_EVER, 1, () -> swallowing(Message.WorkerLost.class::isInstance));
    }

    @Test
    void shouldNoticeAStreamThatStaysAtAGatewayThatIsCutOff() {
        assertNoticed(
                Scenario.TAKEOVER_OF_THREE,
                Invariant.GOES_ON_ELSEWHERE,
                1,
                () -> swallowing(Message.Detach.class::isInstance));
    }

    @Test
    void shouldNoticeAnAttemptThatIsKept() {
        Predicate<Message> ends = message -> message instanceof Message.OwnerGone
                || message instanceof Message.Acknowledge
                || message instanceof Message.Cancel;
        assertNoticed(Invariant.EMPTY_LEDGERS, 0, () -> swallowing(ends));
    }

    @Test
    void shouldNoticeAnEngineThatGoesOn() {
        Sabotage ghosts = new Sabotage() {
            private int number;

            @Override
            public List<Message> delivered(Endpoint to, Message message) {
                WorkerNode worker = switch (message) {
                    case Message.WorkerUp up -> up.batcher();
                    case Message.WorkerLoad load -> load.batcher();
                    default -> null;
                };
                if (worker != null) {
                    worker.engine().ifPresent(engine -> engine.submit(ghost(++number)));
                }
                return List.of(message);
            }
        };
        assertNoticed(Invariant.FREE_BLOCKS, 0, () -> ghosts);
    }

    /** Nobody's attempt, which takes longer than a worker's sign of life takes to come again. */
    private static EngineRequest ghost(int number) {
        return new EngineRequest(
                new AttemptKey("ghost", 1, number, 0),
                TokenIds.of(1),
                TokenIds.EMPTY,
                new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, 60, 60, true, TokenIds.EMPTY, -1, -1),
                0,
                0,
                Long.MAX_VALUE,
                "",
                Tenant.NONE);
    }

    @Test
    void shouldNoticeARequestThatIsKept() {
        assertNoticed(Invariant.NOBODY_LEFT, 0, () -> swallowing(Message.SequenceEnded.class::isInstance));
    }

    @Test
    void shouldNoticeAReservationThatIsKept() {
        assertNoticed(Invariant.NO_RESERVATIONS, 0, () -> swallowing(Message.Settled.class::isInstance));
    }

    @Test
    void shouldNoticeAReplicaThatHasAnotherToken() {
        Sabotage forging = (to, message) -> {
            if (!(message instanceof Message.Peer(var from, PeerMessage.Append<Connection, SequenceNode>(var tails)))) {
                return List.of(message);
            }
            List<TokenTail> forged = new ArrayList<>();
            for (TokenTail tail : tails) {
                List<ScoredToken> others = tail.tokens().stream()
                        .map(token -> new ScoredToken(token.token() ^ 1, token.logprob(), token.top()))
                        .toList();
                forged.add(new TokenTail(tail.sequence(), tail.epoch(), tail.choice(), tail.from(), others));
            }
            return List.of(new Message.Peer(from, new PeerMessage.Append<>(forged)));
        };
        assertNoticedByChance(Invariant.SAME_TOKENS, forging);
    }

    /** Gives events of attempts that were given up as if they were the current attempt's. */
    private static final class Confusion implements Sabotage {
        private final Map<String, Message.Submit> latest = new HashMap<>();
        private final Map<String, WorkerId> workers = new HashMap<>();

        @Override
        public List<Message> delivered(Endpoint to, Message message) {
            if (message
                    instanceof
                    Message.Selected(var attempt, var selection, var id, var batcher, var priority, var claim)) {
                workers.put(attempt.sequence() + attempt.choice(), selection.worker());
            }
            if (message instanceof Message.Submit submit) {
                latest.put(submit.attempt().sequence() + submit.attempt().choice(), submit);
            }
            if (!(message instanceof Message.Progress(var worker, var events))) {
                return List.of(message);
            }
            AttemptKey key = events.getFirst().event().key();
            Message.Submit current = latest.get(key.sequence() + key.choice());
            if (current == null || current.attempt().attempt() == key.attempt()) {
                return List.of(message);
            }
            List<AttemptEvent> mixed = new ArrayList<>();
            for (AttemptEvent event : events) {
                if (event.event() instanceof EngineEvent.Tokens(var ignored, var first, var tokens)
                        && first == current.output().size()) {
                    mixed.add(new AttemptEvent(0, new EngineEvent.Tokens(current.attempt(), first, tokens)));
                }
            }
            return List.of(new Message.Progress(workers.getOrDefault(key.sequence() + key.choice(), worker), mixed));
        }
    }

    /** Numbers the events of each attempt as they arrive. */
    private static final class Renumbering implements Sabotage {
        private final Map<AttemptKey, Integer> next = new HashMap<>();

        @Override
        public List<Message> delivered(Endpoint to, Message message) {
            if (!(message instanceof Message.Progress(var worker, var events))) {
                return List.of(message);
            }
            List<AttemptEvent> renumbered = new ArrayList<>();
            for (AttemptEvent event : events) {
                int number = next.merge(event.event().key(), 1, Integer::sum) - 1;
                renumbered.add(new AttemptEvent(number, event.event()));
            }
            return List.of(new Message.Progress(worker, renumbered));
        }
    }

    private static Predicate<Message> heard(Class<? extends SequenceEvent> event) {
        return message -> message instanceof Message.Heard(var heard, var ignored) && event.isInstance(heard);
    }

    private static Sabotage swallowing(Predicate<Message> which) {
        return (to, message) -> which.test(message) ? List.of() : List.of(message);
    }

    private static Sabotage repeating(Predicate<Message> which) {
        return (to, message) -> which.test(message) ? List.of(message, message) : List.of(message);
    }

    /** Changes the tokens that workers send. */
    private static Sabotage tokens(UnaryOperator<ScoredToken> change) {
        return (to, message) -> {
            if (!(message instanceof Message.StepTokens step)) {
                return List.of(message);
            }
            List<AttemptEvent> changed = new ArrayList<>();
            for (AttemptEvent event : step.events()) {
                changed.add(
                        event.event() instanceof EngineEvent.Tokens(var key, var first, var tokens)
                                ? new AttemptEvent(
                                        event.number(),
                                        new EngineEvent.Tokens(
                                                key,
                                                first,
                                                tokens.stream().map(change).toList()))
                                : event);
            }
            return List.of(new Message.StepTokens(step.worker(), step.number(), changed, step.stats(), step.batcher()));
        };
    }

    /** With at most {@code faults} things going wrong besides, the invariant does not hold, and it can be played again. */
    private static void assertNoticed(Invariant invariant, int faults, Supplier<Sabotage> sabotage) {
        assertNoticed(Scenario.ONE_CHOICE, invariant, faults, sabotage);
    }

    private static void assertNoticed(Scenario scenario, Invariant invariant, int faults, Supplier<Sabotage> sabotage) {
        Explorer explorer = new Explorer(PERILS, fates -> scenario.run(fates, new Trace(false), sabotage.get()));
        try {
            explorer.explore(faults);
        } catch (Explorer.Found found) {
            assertEquals(invariant, assertViolation(found.getCause()).invariant(), found.getMessage());
            return;
        }
        fail("nothing was noticed in " + explorer.runs() + " runs");
    }

    /** One of many random runs does not keep the invariant. */
    private static void assertNoticedByChance(Invariant invariant, Sabotage sabotage) {
        FaultSimulation simulation = FaultSimulationTest.simulation();
        for (long seed = 0; seed < 1_000; seed++) {
            try {
                simulation.run(seed, new Trace(false), sabotage);
            } catch (Violation violation) {
                assertEquals(invariant, violation.invariant(), violation.getMessage());
                return;
            }
        }
        fail("nothing was noticed");
    }

    private static Violation assertViolation(@Nullable Throwable cause) {
        return assertInstanceOf(Violation.class, cause);
    }
}
