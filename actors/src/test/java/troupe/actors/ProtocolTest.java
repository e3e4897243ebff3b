package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.serialization.SerializationExtension;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import troupe.actors.resume.Epochs;
import troupe.actors.resume.PeerMessage;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.ResumeKey;
import troupe.actors.resume.Resumption;
import troupe.actors.resume.SequenceRecord;
import troupe.actors.resume.TokenTail;
import troupe.actors.testing.WireClasses;
import troupe.actors.testing.WireFixtures;
import troupe.engine.Admission;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineSpeed;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.executor.TokenLogprob;
import troupe.engine.kv.KvChanges;
import troupe.engine.sampling.SamplingParams;

/** What this release's messages look like on the wire, and what it makes of those of its neighbours. */
class ProtocolTest {
    private static final ActorTestKit KIT = ActorTestKit.create(ConfigFactory.parseResources("troupe-actors.conf")
            .withFallback(ConfigFactory.parseString("""
                    akka.actor.provider = cluster
                    akka.remote.artery.canonical { hostname = "127.0.0.1", port = 0 }
                    akka.coordinated-shutdown.exit-jvm = off
                    """))
            .withFallback(ConfigFactory.defaultReference())
            .resolve());
    private static final WireFixtures WIRE = new WireFixtures(KIT.system());
    private static final ActorRef<Sequence.Command> SEQUENCE = WIRE.actor("sequence");
    private static final ActorRef<Gateway.Command> GATEWAY = WIRE.actor("gateway");
    private static final ActorRef<Batcher.Command> BATCHER = WIRE.actor("batcher");
    private static final ActorRef<ListenerMessage> LISTENER = WIRE.actor("listener");

    private static final AttemptKey KEY = new AttemptKey("0-ab", 1, 2, 3);
    private static final Tenant TENANT = new Tenant("team", 3);
    private static final WorkerId WORKER = new WorkerId("worker-0-0", 4);
    private static final RequestTag TAG = new RequestTag("request", "0af7651916cd43dd8448eb211c80319c");
    private static final TokenIds TOKENS = TokenIds.of(1, 2, 3);
    private static final WorkerSelector.Selection SELECTION = new WorkerSelector.Selection(WORKER, 32, 0.25, "prefix");
    private static final SamplingParams SAMPLING =
            new SamplingParams(0.5f, 3, 0.9f, 0.1f, 1.1f, 0.2f, 0.3f, 7, 2, true, TokenIds.of(9), 2, 1);
    private static final EngineStats STATS =
            new EngineStats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, new EngineSpeed(0.002, 0.0003, 0.0001));
    private static final ScoredToken SCORED = new ScoredToken(5, -0.25f, List.of(new TokenLogprob(6, Float.NaN)));
    private static final List<AttemptEvent> EVENTS = List.of(
            new AttemptEvent(0, new EngineEvent.Started(KEY, 2, 99)),
            new AttemptEvent(1, new EngineEvent.PromptScored(KEY, List.of(SCORED))),
            new AttemptEvent(2, new EngineEvent.Tokens(KEY, 0, List.of(SCORED))),
            new AttemptEvent(3, new EngineEvent.Finished(KEY, EngineEvent.FinishReason.STOP)),
            new AttemptEvent(4, new EngineEvent.Failed(KEY, EngineEvent.FailureReason.NUMERICS, "nan")),
            new AttemptEvent(5, new EngineEvent.Cancelled(KEY)));

    private static final long LATER_EPOCH = Epochs.next(Epochs.FIRST, -1);
    private static final Resumption RESUMPTION =
            new Resumption(new ResumeKey("owner", "0123456789abcdef", 1), "body", Duration.ofSeconds(30));

    private static final List<CborSerializable> MESSAGES = List.of(
            new Gateway.Open(request(new Prompt.Text("hello", true), 5L), LISTENER),
            new Gateway.Select(
                    new WorkerSelector.Demand(KEY, "m", TOKENS, "salt", null, Set.of(WORKER)),
                    TENANT,
                    -1,
                    7,
                    true,
                    SEQUENCE),
            new Gateway.Settled(KEY),
            new Gateway.Rejoined("0-ab"),
            new Gateway.WorkerUp(
                    WORKER,
                    Protocol.CURRENT,
                    new ModelId("m", "s", "t"),
                    new ExecutorInfo("m", "n", "k", 10, 20, TOKENS, 16, 8, 1_024),
                    64,
                    new ProcessId("10.0.0.8:2551", 5, 77),
                    BATCHER),
            new Gateway.WorkerLoad(WORKER, STATS, true, 6, BATCHER),
            new Gateway.CacheChanged(WORKER, 6, changes(), BATCHER),
            new Gateway.CacheSnapshot(WORKER, 6, 1, true, changes(), BATCHER),
            new Gateway.WorkerDown(WORKER, DeathCause.HUNG, "cause"),
            new Gateway.StepTokens(WORKER, 3, EVENTS, STATS, BATCHER),
            new Gateway.Drain(WIRE.actor("drainer")),
            new Gateway.AbortAll(FailureKind.DRAINING, "over"),
            new Gateway.GetStatus(WIRE.actor("probe")),
            new Gateway.Drained(),
            new Gateway.Status(1, 3, 2, true),
            new Sequence.Selected(KEY, SELECTION, "n", BATCHER, -2, true),
            new Sequence.NoWorker(KEY),
            new Sequence.Reserved(KEY, true),
            new Sequence.Admitted(KEY, Admission.FULL),
            new Sequence.Progress(WORKER, EVENTS),
            new Sequence.WorkerLost(WORKER, DeathCause.ENGINE_FAILURE),
            new Sequence.Verdict(WORKER, DeathCause.SIGSEGV, true),
            new Sequence.Dropped(KEY),
            new Sequence.Read(9, 2),
            new Sequence.Attach(LISTENER, new ReadSoFar("9f86d081884c7d65", List.of(3, 0))),
            new Sequence.Abort(FailureKind.DEADLINE, "late"),
            new Batcher.Submit(KEY, TAG, TOKENS, TokenIds.EMPTY, SAMPLING, -1, 2, 3, "salt", TENANT, SEQUENCE, GATEWAY),
            new Batcher.Reserve(KEY, true, SEQUENCE),
            new Batcher.Release("0-ab"),
            new Batcher.Cancel(KEY),
            new Batcher.Acknowledge(KEY, 4),
            new Batcher.Resend(KEY, 4, SEQUENCE),
            new Batcher.StepRead(WORKER, GATEWAY, 5),
            new Batcher.SendCache(WORKER, GATEWAY),
            new Batcher.Registered(WORKER, new ControlAddress("10.0.0.7", 4_000, "token"), GATEWAY),
            new Batcher.Unknown(WORKER, GATEWAY),
            new Batcher.Refused(WORKER, "why"),
            new Batcher.Stop(WIRE.actor("stopper")),
            new Batcher.Stopped("w"),
            new SequenceEvent.Accepted("0-ab", TOKENS, 7, SEQUENCE, 4, "9f86d081884c7d65"),
            new SequenceEvent.Started("0-ab", 1, 2, "worker-0-0", 3, 4),
            new SequenceEvent.Interrupted("0-ab", 1, 2),
            new SequenceEvent.Routed("0-ab", 1, 3, SELECTION),
            new SequenceEvent.PromptScored("0-ab", 1, List.of(SCORED)),
            new SequenceEvent.Delta("0-ab", 1, "hé", List.of(new SequenceEvent.OutputToken(SCORED, 3))),
            new SequenceEvent.ChoiceFinished("0-ab", 1, "x", EngineEvent.FinishReason.STOP, null, 5),
            new SequenceEvent.Completed("0-ab", new SequenceEvent.Usage(1, 2, 3)),
            new SequenceEvent.Failed("0-ab", FailureKind.INTERNAL, "why", 3),
            new LoggedEvent(2, 17, new SequenceEvent.Interrupted("0-ab", 1, 2)),
            new SignOfLife("0-ab", 7),
            peer(new PeerMessage.Locate<>(5, RESUMPTION)),
            peer(new PeerMessage.Located<>(
                    5,
                    RESUMPTION.key(),
                    PeerMessage.Standing.OWNER,
                    true,
                    "0-ab",
                    LATER_EPOCH,
                    "9f86d081884c7d65",
                    6,
                    SEQUENCE)),
            peer(new PeerMessage.TakeOver<>(RESUMPTION, new ReadSoFar("9f86d081884c7d65", List.of(3)), LISTENER)),
            peer(new PeerMessage.Store<>(
                    new SequenceRecord("0-ab", LATER_EPOCH, request(new Prompt.Tokens(TOKENS), 5L), RESUMPTION, "n"))),
            peer(new PeerMessage.Stored<>("0-ab", LATER_EPOCH, true)),
            peer(new PeerMessage.Append<>(List.of(new TokenTail("0-ab", LATER_EPOCH, 1, 2, List.of(SCORED))))),
            peer(new PeerMessage.Missing<>("0-ab", LATER_EPOCH, List.of(1, 2))),
            peer(new PeerMessage.Free<>("0-ab", LATER_EPOCH)),
            peer(new PeerMessage.Superseded<>("0-ab", LATER_EPOCH)),
            peer(new PeerMessage.Ping<>(8)),
            peer(new PeerMessage.Pong<>(8)),
            request(new Prompt.Chat(List.of(new Prompt.Message("user", "hi", null)), true, false), null),
            new Prompt.Chat(List.of(new Prompt.Message("user", "hi", "ann")), false, true),
            new Prompt.Text("hello", true),
            new Prompt.Tokens(TOKENS));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldWriteEveryMessageAsItIsCommitted() throws IOException {
        WIRE.requirePinned(MESSAGES);
        WIRE.requireAlternativesPinned(MESSAGES);
    }

    @Test
    void shouldReadWhatIsCommitted() throws IOException {
        WIRE.requireReadable(MESSAGES);
    }

    @Test
    void shouldLetThroughNoAttemptThatIsLargerThanAFrame() throws Exception {
        int frameBytes = 8 << 20;
        int[] largest = new int[AttemptSize.mostTokens(frameBytes)];
        Arrays.fill(largest, Integer.MAX_VALUE);
        Batcher.Submit submit = new Batcher.Submit(
                KEY, TAG, TokenIds.of(largest), TokenIds.EMPTY, SAMPLING, -1, 2, 3, "salt", TENANT, SEQUENCE, GATEWAY);
        int bytes = SerializationExtension.get(KIT.system()).serialize(submit).get().length;
        assertTrue(bytes <= frameBytes, bytes + " bytes");
        // Nor does it refuse much that would fit.
        assertTrue(bytes > frameBytes - (128 << 10), bytes + " bytes");
    }

    @Test
    void shouldIgnoreWhatANewerReleaseAdds() throws IOException {
        WIRE.requireUnknownFieldsIgnored(MESSAGES);
    }

    @Test
    void shouldReadWhatAnOlderReleaseLacksAsZero() throws IOException {
        WIRE.requireAbsentFiguresReadAsZero(MESSAGES);
        Gateway.Select select = new Gateway.Select(
                new WorkerSelector.Demand(KEY, "m", TOKENS, "salt", "n", Set.of(WORKER)),
                TENANT,
                -1,
                7,
                true,
                SEQUENCE);
        assertEquals(
                new Gateway.Select(
                        new WorkerSelector.Demand(KEY, "m", TOKENS, "salt", null, Set.of(WORKER)),
                        TENANT,
                        -1,
                        7,
                        true,
                        SEQUENCE),
                WIRE.readWithout(select, "/demand/numericsId"));
        GenerationRequest request = request(new Prompt.Text("hello", true), 5L);
        assertEquals(Tenant.NONE, ((GenerationRequest) WIRE.readWithout(request, "/tenant")).tenant());
        Batcher.Submit submit = new Batcher.Submit(
                KEY, TAG, TOKENS, TokenIds.EMPTY, SAMPLING, -1, 2, 3, "salt", TENANT, SEQUENCE, GATEWAY);
        assertEquals(Tenant.NONE, ((Batcher.Submit) WIRE.readWithout(submit, "/tenant")).tenant());
    }

    @Test
    void shouldHaveAnExampleOfEveryMessageThatMayCrossNodes() throws Exception {
        Set<String> examples = new TreeSet<>();
        MESSAGES.forEach(message -> examples.add(message.getClass().getName()));
        assertEquals(WireClasses.of(Gateway.class), examples);
    }

    /** The events of engines are nested in messages, so their examples are counted apart. */
    @Test
    void shouldHaveAnExampleOfEveryEngineEvent() {
        Set<Class<?>> examples = new HashSet<>();
        EVENTS.forEach(event -> examples.add(event.event().getClass()));
        assertEquals(kinds(EngineEvent.class), examples);
    }

    /** The messages of gateways to each other are nested in one, so their examples are counted apart. */
    @Test
    void shouldHaveAnExampleOfEveryMessageBetweenGateways() {
        Set<Class<?>> examples = new HashSet<>();
        for (CborSerializable message : MESSAGES) {
            if (message instanceof Resumables.FromPeer fromPeer) {
                examples.add(fromPeer.message().getClass());
            }
        }
        assertEquals(kinds(PeerMessage.class), examples);
    }

    private static Resumables.FromPeer peer(
            PeerMessage<ActorRef<ListenerMessage>, ActorRef<Sequence.Command>> message) {
        return new Resumables.FromPeer(WIRE.actor("resumables"), message);
    }

    private static Set<Class<?>> kinds(Class<?> type) {
        if (!type.isSealed()) {
            return Set.of(type);
        }
        Set<Class<?>> kinds = new HashSet<>();
        for (Class<?> permitted : type.getPermittedSubclasses()) {
            kinds.addAll(kinds(permitted));
        }
        return kinds;
    }

    private static KvChanges changes() {
        KvChanges.Log log = new KvChanges.Log();
        log.cleared();
        log.stored(1, -2);
        log.removed(Long.MIN_VALUE, 3);
        return log.take();
    }

    private static GenerationRequest request(Prompt prompt, @Nullable Long seed) {
        return new GenerationRequest(
                TAG,
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
                Duration.ofSeconds(3),
                new Tenant("team", 4));
    }
}
