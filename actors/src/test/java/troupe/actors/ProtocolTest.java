package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.engine.sampling.SamplingParams;

class ProtocolTest {
    private static final ActorTestKit KIT = ActorTestKit.create(ConfigFactory.parseResources("troupe-actors.conf")
            .withFallback(ConfigFactory.parseString("""
                    akka.actor.provider = cluster
                    akka.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                    akka.coordinated-shutdown.exit-jvm = off
                    """))
            .withFallback(ConfigFactory.defaultReference())
            .resolve());
    private static final ActorRef<Sequence.Command> SEQUENCE =
            KIT.<Sequence.Command>createTestProbe().ref();
    private static final ActorRef<Gateway.Command> GATEWAY =
            KIT.<Gateway.Command>createTestProbe().ref();
    private static final ActorRef<Batcher.Command> BATCHER =
            KIT.<Batcher.Command>createTestProbe().ref();
    private static final ActorRef<SequenceEvent> LISTENER =
            KIT.<SequenceEvent>createTestProbe().ref();

    private static final AttemptKey KEY = new AttemptKey("0-ab", 1, 2, 3);
    private static final WorkerId WORKER = new WorkerId("worker-0-0", 4);
    private static final TokenIds TOKENS = TokenIds.of(1, 2, 3);
    private static final SamplingParams SAMPLING =
            new SamplingParams(0.5f, 3, 0.9f, 0.1f, 1.1f, 0.2f, 0.3f, 7, 2, true, TokenIds.of(9), 2, 1);
    private static final EngineStats STATS = new EngineStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    private static final ScoredToken SCORED = new ScoredToken(5, -0.25f, List.of(new TokenLogprob(6, Float.NaN)));
    private static final List<AttemptEvent> EVENTS = List.of(
            new AttemptEvent(0, new EngineEvent.Started(KEY, 2, 99)),
            new AttemptEvent(1, new EngineEvent.PromptScored(KEY, List.of(SCORED))),
            new AttemptEvent(2, new EngineEvent.Tokens(KEY, 0, List.of(SCORED))),
            new AttemptEvent(3, new EngineEvent.Finished(KEY, EngineEvent.FinishReason.STOP)),
            new AttemptEvent(4, new EngineEvent.Failed(KEY, EngineEvent.FailureReason.NUMERICS, "nan")),
            new AttemptEvent(5, new EngineEvent.Cancelled(KEY)));

    private static final List<CborSerializable> MESSAGES = List.of(
            new Gateway.Open(request(new Prompt.Text("hello", true), 5L), LISTENER),
            new Gateway.SequenceStarted("0-ab", SEQUENCE),
            new Gateway.SequenceEnded("0-ab"),
            new Gateway.Select(new WorkerSelector.Demand(KEY, "m", TOKENS, null, Set.of(WORKER)), SEQUENCE),
            new Gateway.Settled(KEY),
            new Gateway.WorkerUp(
                    WORKER,
                    Protocol.CURRENT,
                    new ModelId("m", "s", "t"),
                    new ExecutorInfo("m", "n", "k", 10, 20, TOKENS, 16, 8, 1_024),
                    BATCHER),
            new Gateway.WorkerLoad(WORKER, STATS, true, BATCHER),
            new Gateway.WorkerDown(WORKER, "cause"),
            new Gateway.StepTokens(WORKER, 3, EVENTS, STATS, BATCHER),
            new Gateway.Drain(KIT.<Gateway.Drained>createTestProbe().ref()),
            new Gateway.AbortAll(FailureKind.DRAINING, "over"),
            new Gateway.GetStatus(KIT.<Gateway.Status>createTestProbe().ref()),
            new Gateway.Drained(),
            new Gateway.Status(1, 2, true),
            new Sequence.Start("0-ab", 1, request(new Prompt.Tokens(TOKENS), null), LISTENER, GATEWAY),
            new Sequence.Selected(KEY, WORKER, "n", BATCHER),
            new Sequence.NoWorker(KEY),
            new Sequence.Admitted(KEY, Admission.FULL),
            new Sequence.Progress(WORKER, EVENTS),
            new Sequence.WorkerLost(WORKER),
            new Sequence.Read(9),
            new Sequence.Abort(FailureKind.DEADLINE, "late"),
            new Batcher.Submit(KEY, TOKENS, TokenIds.EMPTY, SAMPLING, -1, 2, 3, "salt", SEQUENCE, GATEWAY),
            new Batcher.Cancel(KEY),
            new Batcher.Acknowledge(KEY, 4),
            new Batcher.Resend(KEY, 4),
            new Batcher.StepRead(WORKER, GATEWAY, 5),
            new Batcher.Registered(WORKER, GATEWAY),
            new Batcher.Unknown(WORKER, GATEWAY),
            new Batcher.Refused(WORKER, "why"),
            new Batcher.Stop(KIT.<Batcher.Stopped>createTestProbe().ref()),
            new Batcher.Stopped("w"),
            new SequenceEvent.Accepted("0-ab", TOKENS, 7, SEQUENCE, 4),
            new SequenceEvent.Started("0-ab", 1, 2, "worker-0-0", 3, 4),
            new SequenceEvent.Interrupted("0-ab", 1, 2),
            new SequenceEvent.Resubmitted("0-ab", 1, 3, "worker-0-0"),
            new SequenceEvent.PromptScored("0-ab", 1, List.of(SCORED)),
            new SequenceEvent.Delta("0-ab", 1, "hé", List.of(new SequenceEvent.OutputToken(SCORED, 3))),
            new SequenceEvent.ChoiceFinished("0-ab", 1, "x", EngineEvent.FinishReason.STOP, null, 5),
            new SequenceEvent.Completed("0-ab", new SequenceEvent.Usage(1, 2, 3)),
            new SequenceEvent.Failed("0-ab", FailureKind.INTERNAL, "why"));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldComeBackFromTheWireAsItWentIn() {
        for (CborSerializable message : MESSAGES) {
            assertEquals(message, KIT.serializationTestKit().verifySerialization(message, true));
        }
    }

    @Test
    void shouldHaveAnExampleOfEveryMessageThatMayCrossNodes() {
        Set<Class<?>> covered = new HashSet<>();
        MESSAGES.forEach(message -> covered.add(message.getClass()));
        for (Class<?> protocol :
                List.of(Gateway.Command.class, Sequence.Command.class, Batcher.Command.class, SequenceEvent.class)) {
            requireCovered(protocol, covered);
        }
    }

    private static void requireCovered(Class<?> type, Set<Class<?>> covered) {
        if (NoSerializationVerificationNeeded.class.isAssignableFrom(type)) {
            return;
        }
        if (type.isSealed()) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                requireCovered(permitted, covered);
            }
        } else {
            assertTrue(covered.contains(type), () -> type + " has no example here");
        }
    }

    private static GenerationRequest request(Prompt prompt, @Nullable Long seed) {
        return new GenerationRequest(
                "request",
                "m",
                prompt,
                2,
                null,
                SAMPLING,
                seed,
                List.of("stop"),
                true,
                false,
                -1,
                "salt",
                Duration.ofSeconds(3));
    }
}
