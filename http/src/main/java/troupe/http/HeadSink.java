package troupe.http;

import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.Inlet;
import akka.stream.SinkShape;
import akka.stream.stage.AbstractGraphStageWithMaterializedValue;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.GraphStageLogic;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Materializes the first element, and ends the stream with it. What waits for the element is run in the stream's own actor;
 * what waits for Akka's {@code Sink.head} is run on the JVM's common pool, since that is how Scala's futures become Java's.
 */
final class HeadSink<T> extends AbstractGraphStageWithMaterializedValue<SinkShape<T>, CompletionStage<T>> {
    private final Inlet<T> in = Inlet.create("head.in");
    private final SinkShape<T> shape = SinkShape.of(in);

    @Override
    public SinkShape<T> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, CompletionStage<T>> createLogicAndMaterializedValuePair(Attributes attributes) {
        CompletableFuture<T> head = new CompletableFuture<>();
        return new Pair<>(new Logic(head), head);
    }

    private final class Logic extends GraphStageLogic {
        private final CompletableFuture<T> head;

        Logic(CompletableFuture<T> head) {
            super(shape);
            this.head = head;
            setHandler(in, new AbstractInHandler() {
                @Override
                public void onPush() {
                    head.complete(grab(in));
                    completeStage();
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    head.completeExceptionally(failure);
                    failStage(failure);
                }
            });
        }

        @Override
        public void preStart() {
            pull(in);
        }

        @Override
        public void postStop() {
            if (!head.isDone()) {
                head.completeExceptionally(new NoSuchElementException("the stream ended without an element"));
            }
        }
    }
}
