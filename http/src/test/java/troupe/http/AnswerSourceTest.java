package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.stream.javadsl.Source;
import akka.stream.testkit.TestSubscriber;
import akka.stream.testkit.javadsl.TestSink;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.actors.FailureKind;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.ListenerMessage;
import troupe.actors.ModelId;
import troupe.actors.RequestTag;
import troupe.actors.Sequence;
import troupe.actors.SequenceEvent;
import troupe.actors.ServedModel;
import troupe.actors.testing.WordCodec;
import troupe.engine.TokenIds;

@Timeout(60)
class AnswerSourceTest {
    private static final int READ_EVERY = 4;
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("m", "s", "t"), 4_096, 1_000, TokenIds.of(0), new WordCodec(1_000));

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<Gateway.Command> gateway = kit.createTestProbe();
    private final TestProbe<Sequence.Command> sequence = kit.createTestProbe();
    private final OpenConnection connection = new OpenConnection();
    private final List<SequenceEvent> shown = new CopyOnWriteArrayList<>();
    private final TestSubscriber.Probe<PromptEvents> read;
    private final ActorRef<ListenerMessage> listener;

    AnswerSourceTest() {
        GenerationRequest request = CompletionParser.parse(
                        new RequestTag("id", null),
                        Caller.ANYONE,
                        Json.parseObject("{\"prompt\":\"w1\"}".getBytes(StandardCharsets.UTF_8)),
                        new RequestLimits(MODEL, 16))
                .generations()
                .getFirst();
        read = Source.fromGraph(AnswerSource.open(
                        gateway.ref(), request, new AnswerSource.Reader(3, connection, shown::add, () -> {})))
                .runWith(TestSink.create(kit.system().classicSystem()), kit.system());
        read.ensureSubscription();
        listener =
                assertInstanceOf(Gateway.Open.class, gateway.receiveMessage()).listener();
    }

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldGiveAwayTogetherWhatCameWhileTheReaderWasBusyUpToALimit() {
        List<SequenceEvent> all = new ArrayList<>(List.of(accepted()));
        for (int i = 0; i < 20; i++) {
            all.add(delta(i));
        }
        all.forEach(listener::tell);

        read.request(1);
        PromptEvents first = read.expectNext();

        assertEquals(new PromptEvents(3, all.subList(0, 16)), first);
        assertEquals(first.events(), shown);
        read.request(1);
        assertEquals(all.subList(16, 21), read.expectNext().events());
        read.request(1);
        listener.tell(delta(20));
        assertEquals(List.of(delta(20)), read.expectNext().events());
    }

    @Test
    void shouldSayWhatHasBeenReadAndNotWhatWaits() {
        listener.tell(accepted());
        for (int i = 0; i < READ_EVERY; i++) {
            listener.tell(delta(i));
        }
        read.request(1);

        assertEquals(new Sequence.Read(READ_EVERY + 1, 0), sequence.receiveMessage());
    }

    @Test
    void shouldEndWithTheTerminalEvent() {
        listener.tell(accepted());
        listener.tell(new SequenceEvent.Failed("s", FailureKind.DEADLINE, "too late"));

        read.request(1);

        assertEquals(2, read.expectNext().events().size());
        read.expectComplete();
    }

    @Test
    void shouldEndWhenTheClientGoes() {
        listener.tell(accepted());

        connection.disconnect.signal();

        read.expectComplete();
        kit.createTestProbe().expectTerminated(listener);
    }

    private SequenceEvent accepted() {
        return new SequenceEvent.Accepted("s", TokenIds.of(1), 0, sequence.ref(), READ_EVERY, null);
    }

    private static SequenceEvent delta(int number) {
        return new SequenceEvent.Delta("s", 0, "token " + number, List.of());
    }
}
