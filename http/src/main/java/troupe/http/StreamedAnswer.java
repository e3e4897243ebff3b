package troupe.http;

import akka.Done;
import akka.NotUsed;
import akka.http.scaladsl.model.HttpEntity;
import akka.japi.Pair;
import akka.stream.AbruptStageTerminationException;
import akka.stream.Attributes;
import akka.stream.Inlet;
import akka.stream.SinkShape;
import akka.stream.javadsl.Source;
import akka.stream.stage.AbstractGraphStageWithMaterializedValue;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import troupe.actors.SequenceEvent;

/**
 * Makes a request's events the chunks of its streamed response. Materializes the beginning once it is known that there will
 * be a stream: the request is accepted, and it is known where it went. Fails with an {@link ApiException} instead where it
 * is refused, or its client goes before.
 *
 * <p>One stage in place of several of Akka's: each that a token passes costs two signals for it. It asks for events when
 * the response has room for a chunk, and a chunk holds all that it was given then.
 */
final class StreamedAnswer
        extends AbstractGraphStageWithMaterializedValue<
                SinkShape<PromptEvents>, CompletionStage<StreamedAnswer.Beginning>> {
    /** The events of a request that tell that it is accepted, and where it went. */
    private static final int UP_TO_ROUTE = 2;

    /**
     * What is known when the response begins.
     *
     * @param route where its first choice went, if that is among the first events
     * @param chunks may be read once
     * @param ended completes when no event follows, or fails with the reason
     */
    record Beginning(
            Optional<SequenceEvent.Routed> route,
            Source<HttpEntity.ChunkStreamPart, NotUsed> chunks,
            CompletionStage<Done> ended) {}

    private final Inlet<PromptEvents> in = Inlet.create("streamed.in");
    private final SinkShape<PromptEvents> shape = SinkShape.of(in);
    private final ApiRequest request;
    private final StreamRenderer renderer;
    private final Connection connection;

    StreamedAnswer(ApiRequest request, StreamRenderer renderer, Connection connection) {
        this.request = request;
        this.renderer = renderer;
        this.connection = connection;
    }

    @Override
    public SinkShape<PromptEvents> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, CompletionStage<Beginning>> createLogicAndMaterializedValuePair(
            Attributes attributes) {
        CompletableFuture<Beginning> beginning = new CompletableFuture<>();
        return new Pair<>(new Logic(beginning), beginning);
    }

    private final class Logic extends GraphStageLogic {
        private final CompletableFuture<Beginning> beginning;
        private final CompletableFuture<Done> ended = new CompletableFuture<>();
        private final AsyncCallback<Done> unread = createAsyncCallback(gone -> end());
        /** Of the beginning, until it is read. */
        private final ArrayDeque<PromptEvents> first = new ArrayDeque<>();

        private final List<SequenceEvent> firstEvents = new ArrayList<>();
        private Runnable forget = () -> {};
        private @Nullable SubSourceOutlet<HttpEntity.ChunkStreamPart> chunks;

        Logic(CompletableFuture<Beginning> beginning) {
            super(shape);
            this.beginning = beginning;
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    PromptEvents events = grab(in);
                    SubSourceOutlet<HttpEntity.ChunkStreamPart> outlet = chunks;
                    if (outlet == null) {
                        onFirst(events);
                    } else {
                        send(outlet, events);
                    }
                }

                @Override
                public void onUpstreamFinish() {
                    if (chunks == null && !firstEvents.isEmpty()) {
                        begin();
                    }
                    if (first.isEmpty()) {
                        end();
                    } else {
                        // Where its client is gone nobody reads a response.
                        forget = connection.onDisconnect(() -> unread.invoke(Done.getInstance()));
                    }
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    beginning.completeExceptionally(failure);
                    ended.completeExceptionally(failure);
                    if (chunks != null) {
                        chunks.fail(failure);
                    }
                    failStage(failure);
                }
            });
        }

        @Override
        public void preStart() {
            pull(in);
        }

        private void onFirst(PromptEvents events) {
            if (firstEvents.isEmpty() && events.events().getFirst() instanceof SequenceEvent.Failed refused) {
                beginning.completeExceptionally(ApiException.of(refused, request.promptParam()));
                completeStage();
                return;
            }
            first.add(events);
            firstEvents.addAll(events.events());
            if (firstEvents.size() >= UP_TO_ROUTE) {
                begin();
            } else {
                pull(in);
            }
        }

        private void begin() {
            SubSourceOutlet<HttpEntity.ChunkStreamPart> outlet = new SubSourceOutlet<>("chunks");
            outlet.setHandler(new AbstractOutHandler() {
                @Override
                public void onPull() {
                    sendNext(outlet);
                }

                @Override
                public void onDownstreamFinish(Throwable cause) {
                    cancelStage(cause);
                }
            });
            chunks = outlet;
            // The inlet may close before the response is read.
            setKeepGoing(true);
            beginning.complete(new Beginning(route(), Source.fromGraph(outlet.source()), ended));
        }

        private Optional<SequenceEvent.Routed> route() {
            for (SequenceEvent event : firstEvents) {
                if (event instanceof SequenceEvent.Routed routed) {
                    return Optional.of(routed);
                }
            }
            return Optional.empty();
        }

        /** What makes no chunk is followed by the next. */
        private void send(SubSourceOutlet<HttpEntity.ChunkStreamPart> outlet, PromptEvents events) {
            ByteString bytes = renderer.render(events);
            if (!bytes.isEmpty()) {
                outlet.push(new HttpEntity.Chunk(bytes, ""));
            }
            boolean failed = events.events().getLast() instanceof SequenceEvent.Failed;
            if (failed || (isClosed(in) && first.isEmpty())) {
                end();
            } else if (bytes.isEmpty()) {
                sendNext(outlet);
            }
        }

        private void sendNext(SubSourceOutlet<HttpEntity.ChunkStreamPart> outlet) {
            PromptEvents unsent = first.poll();
            if (unsent != null) {
                send(outlet, unsent);
            } else {
                pull(in);
            }
        }

        private void end() {
            if (chunks != null) {
                chunks.complete();
            }
            completeStage();
        }

        @Override
        public void postStop() {
            forget.run();
            if (chunks != null && !chunks.isClosed()) {
                // No end that looks like an answer's.
                chunks.fail(new AbruptStageTerminationException(this));
            }
            beginning.completeExceptionally(ApiException.clientGone());
            ended.complete(Done.getInstance());
        }
    }
}
