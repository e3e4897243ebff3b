package troupe.http;

import akka.actor.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import akka.stream.Attributes;
import akka.stream.Outlet;
import akka.stream.SourceShape;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import scala.runtime.BoxedUnit;
import troupe.actors.FailureKind;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.Sequence;
import troupe.actors.SequenceEvent;

/**
 * Opens a request when it is run, and gives its events up to the terminal one. Stopping it abandons the request. What
 * waits in it is bounded by the sequence, which is told what has been read.
 */
final class AnswerSource extends GraphStage<SourceShape<SequenceEvent>> {
    private final Outlet<SequenceEvent> out = Outlet.create("answer.out");
    private final SourceShape<SequenceEvent> shape = SourceShape.of(out);
    private final akka.actor.typed.ActorRef<Gateway.Command> gateway;
    private final GenerationRequest request;

    AnswerSource(akka.actor.typed.ActorRef<Gateway.Command> gateway, GenerationRequest request) {
        this.gateway = gateway;
        this.request = request;
    }

    @Override
    public SourceShape<SequenceEvent> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {
        private final ArrayDeque<SequenceEvent> waiting = new ArrayDeque<>();
        private akka.actor.typed.@Nullable ActorRef<Sequence.Command> reader;
        private int readEvery = 1;
        private long read;
        private long told;

        Logic() {
            super(shape);
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    pushNext();
                }
            });
        }

        @Override
        public void preStart() {
            ActorRef self = getStageActor(message -> {
                        if (message._2() instanceof SequenceEvent event) {
                            onEvent(event);
                        }
                        return BoxedUnit.UNIT;
                    })
                    .ref();
            gateway.tell(new Gateway.Open(request, Adapter.toTyped(self)));
        }

        private void onEvent(SequenceEvent event) {
            if (event instanceof SequenceEvent.Accepted accepted) {
                reader = accepted.reader();
                readEvery = accepted.readEvery();
            }
            if (event instanceof SequenceEvent.Failed failed && failed.kind() == FailureKind.SLOW_READER) {
                // Behind what it has not read, the reader would never see the reason: the connection breaks.
                failStage(new SlowReaderException(failed.message()));
                return;
            }
            waiting.add(event);
            if (isAvailable(out)) {
                pushNext();
            }
        }

        private void pushNext() {
            SequenceEvent event = waiting.poll();
            if (event == null) {
                return;
            }
            push(out, event);
            read++;
            if (event instanceof SequenceEvent.Terminal) {
                completeStage();
            } else if (reader != null && read - told >= readEvery) {
                told = read;
                reader.tell(new Sequence.Read(read));
            }
        }
    }
}
