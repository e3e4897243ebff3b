package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.http.scaladsl.model.HttpEntity;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Source;
import akka.stream.testkit.TestPublisher;
import akka.stream.testkit.TestSubscriber;
import akka.stream.testkit.javadsl.TestSink;
import akka.stream.testkit.javadsl.TestSource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.actors.FailureKind;
import troupe.actors.ModelId;
import troupe.actors.RequestTag;
import troupe.actors.Sequence;
import troupe.actors.SequenceEvent;
import troupe.actors.ServedModel;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.testing.WordCodec;
import troupe.engine.TokenIds;

@Timeout(60)
class StreamedAnswerTest {
    private static final ServedModel MODEL =
            new ServedModel(new ModelId("m", "s", "t"), 4_096, 1_000, TokenIds.of(0), new WordCodec(1_000));
    private static final SequenceEvent.Routed ROUTED =
            new SequenceEvent.Routed("s", 0, 0, new WorkerSelector.Selection(new WorkerId("w", 1), 0, 0, "test"));
    private static final SequenceEvent COMPLETED = new SequenceEvent.Completed("s", new SequenceEvent.Usage(1, 0, 1));

    private final ActorTestKit kit = ActorTestKit.create();
    private final OpenConnection connection = new OpenConnection();
    private final TestPublisher.Probe<PromptEvents> events;
    private final CompletableFuture<StreamedAnswer.Beginning> beginning;

    StreamedAnswerTest() {
        var ends = TestSource.<PromptEvents>create(kit.system().classicSystem())
                .toMat(answer(), Keep.both())
                .run(kit.system());
        events = ends.first();
        beginning = ends.second().toCompletableFuture();
    }

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    @Test
    void shouldBeginWhenItIsKnownWhereTheRequestWent() {
        send(accepted());
        assertFalse(beginning.isDone());
        send(ROUTED);

        assertEquals(ROUTED, beginning.join().route().orElseThrow());
    }

    @Test
    void shouldMakeOneChunkOfEventsThatComeTogetherAndNoneOfWhatHasNothingToShow() {
        TestSubscriber.Probe<String> chunks = begun();
        chunks.request(2);

        send(delta("a"), delta("b"));
        String both = chunks.expectNext();

        assertEquals(2, both.split("data: ", -1).length - 1, both);
        send(delta(""));
        send(delta("c"));
        assertEquals(1, chunks.expectNext().split("data: ", -1).length - 1);
    }

    @Test
    void shouldAskForEventsOnlyWhenThereIsRoomForAChunk() {
        AtomicInteger asked = new AtomicInteger();
        CompletableFuture<StreamedAnswer.Beginning> begun = Source.range(0, 9)
                .map(number -> {
                    asked.incrementAndGet();
                    return new PromptEvents(
                            0, number == 0 ? List.of(accepted(), ROUTED) : List.of(delta("token " + number)));
                })
                .runWith(answer(), kit.system())
                .toCompletableFuture();
        TestSubscriber.Probe<String> chunks = chunks(begun);
        assertEquals(1, asked.get());

        chunks.request(2);
        chunks.expectNext();
        chunks.expectNext();

        assertEquals(3, asked.get());
    }

    @Test
    void shouldEndWithTheEvents() {
        TestSubscriber.Probe<String> chunks = begun();
        chunks.request(1);
        send(COMPLETED);
        events.sendComplete();

        assertEquals("data: [DONE]\n\n", chunks.expectNext());
        chunks.expectComplete();
        assertEquals(
                Done.getInstance(),
                beginning.join().ended().toCompletableFuture().join());
    }

    @Test
    void shouldGiveEventsThatEndedBeforeTheResponseWasRead() {
        send(accepted(), ROUTED, delta("a"), COMPLETED);
        events.sendComplete();
        TestSubscriber.Probe<String> chunks = chunks(beginning);
        chunks.request(1);

        assertEquals(2, chunks.expectNext().split("data: ", -1).length - 1);
        chunks.expectComplete();
    }

    @Test
    void shouldNotWaitForAResponseThatNobodyWillRead() {
        send(accepted(), ROUTED, delta("a"), COMPLETED);
        events.sendComplete();
        CompletableFuture<Done> ended = beginning.join().ended().toCompletableFuture();
        assertFalse(ended.isDone());

        connection.disconnect.signal();

        ended.join();
    }

    @Test
    void shouldFailWithTheRefusal() {
        send(new SequenceEvent.Failed("", FailureKind.OVERLOADED, "too many"));

        ApiException refusal = assertInstanceOf(
                ApiException.class,
                assertThrows(CompletionException.class, beginning::join).getCause());
        assertEquals(503, refusal.status());
        events.expectCancellation();
    }

    @Test
    void shouldFailAsAClientThatHasGoneWhereNothingCame() {
        events.sendComplete();

        ApiException gone = assertInstanceOf(
                ApiException.class,
                assertThrows(CompletionException.class, beginning::join).getCause());
        assertEquals(RequestTrace.ABORT, gone.reason());
    }

    @Test
    void shouldEndWithTheFirstFailure() {
        TestSubscriber.Probe<String> chunks = begun();
        chunks.request(2);
        send(new SequenceEvent.Failed("s", FailureKind.DEADLINE, "too late"));

        assertEquals(2, chunks.expectNext().split("data: ", -1).length - 1);
        chunks.expectComplete();
        events.expectCancellation();
    }

    @Test
    void shouldBreakOffWhereTheEventsDo() {
        TestSubscriber.Probe<String> chunks = begun();
        chunks.request(1);
        events.sendError(new SlowReaderException("too slow"));

        assertInstanceOf(SlowReaderException.class, chunks.expectError());
        CompletableFuture<Done> ended = beginning.join().ended().toCompletableFuture();
        assertInstanceOf(
                SlowReaderException.class,
                assertThrows(CompletionException.class, ended::join).getCause());
    }

    private StreamedAnswer answer() {
        ApiRequest request = CompletionParser.parse(
                new RequestTag("id", null),
                Caller.ANYONE,
                Json.parseObject("{\"prompt\":\"w1\",\"stream\":true}".getBytes(StandardCharsets.UTF_8)),
                new RequestLimits(MODEL, 16));
        AnswerFormat format = new CompletionFormat("id", 0, MODEL, request);
        return new StreamedAnswer(request, new StreamRenderer(request, format, null), connection);
    }

    private TestSubscriber.Probe<String> begun() {
        send(accepted(), ROUTED);
        return chunks(beginning);
    }

    private TestSubscriber.Probe<String> chunks(CompletableFuture<StreamedAnswer.Beginning> begun) {
        return begun.join()
                .chunks()
                .map(chunk -> ((HttpEntity.Chunk) chunk).data().utf8String())
                .runWith(TestSink.create(kit.system().classicSystem()), kit.system());
    }

    private void send(SequenceEvent... together) {
        events.sendNext(new PromptEvents(0, List.of(together)));
    }

    private SequenceEvent accepted() {
        TestProbe<Sequence.Command> sequence = kit.createTestProbe();
        return new SequenceEvent.Accepted("s", TokenIds.of(1), 0, sequence.ref(), 1, null);
    }

    private static SequenceEvent delta(String text) {
        return new SequenceEvent.Delta("s", 0, text, List.of());
    }
}
