package troupe.http;

import akka.Done;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractGraphStageWithMaterializedValue;
import akka.stream.stage.AbstractInOutHandler;
import akka.stream.stage.GraphStageLogic;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import troupe.actors.SequenceEvent;

/**
 * Shows an observer the events of a request as they pass; ends with the first failure of a prompt. Materializes its end, or
 * why it failed: no event follows.
 */
final class TracedEvents
        extends AbstractGraphStageWithMaterializedValue<FlowShape<PromptEvent, PromptEvent>, CompletionStage<Done>> {
    private final Inlet<PromptEvent> in = Inlet.create("traced.in");
    private final Outlet<PromptEvent> out = Outlet.create("traced.out");
    private final FlowShape<PromptEvent, PromptEvent> shape = FlowShape.of(in, out);
    private final Consumer<PromptEvent> observer;

    TracedEvents(Consumer<PromptEvent> observer) {
        this.observer = observer;
    }

    @Override
    public FlowShape<PromptEvent, PromptEvent> shape() {
        return shape;
    }

    @Override
    public Pair<GraphStageLogic, CompletionStage<Done>> createLogicAndMaterializedValuePair(Attributes attributes) {
        CompletableFuture<Done> ended = new CompletableFuture<>();
        return new Pair<>(new Logic(ended), ended);
    }

    private final class Logic extends GraphStageLogic {
        private final CompletableFuture<Done> ended;

        Logic(CompletableFuture<Done> ended) {
            super(shape);
            this.ended = ended;
            setHandlers(in, out, new AbstractInOutHandler() {
                @Override
                public void onPush() {
                    PromptEvent event = grab(in);
                    observer.accept(event);
                    push(out, event);
                    if (event.event() instanceof SequenceEvent.Failed) {
                        completeStage();
                    }
                }

                @Override
                public void onPull() {
                    pull(in);
                }

                @Override
                public void onUpstreamFailure(Throwable failure) {
                    ended.completeExceptionally(failure);
                    failStage(failure);
                }
            });
        }

        @Override
        public void postStop() {
            ended.complete(Done.getInstance());
        }
    }
}
