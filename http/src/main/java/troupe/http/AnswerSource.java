package troupe.http;

import akka.Done;
import akka.actor.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import akka.stream.Attributes;
import akka.stream.Outlet;
import akka.stream.SourceShape;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.stream.stage.TimerGraphStageLogic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import scala.runtime.BoxedUnit;
import troupe.actors.FailureKind;
import troupe.actors.Gateway;
import troupe.actors.GenerationRequest;
import troupe.actors.ListenerMessage;
import troupe.actors.LoggedEvent;
import troupe.actors.Sequence;
import troupe.actors.SequenceEvent;
import troupe.actors.SignOfLife;
import troupe.actors.resume.AttachRequest;
import troupe.actors.resume.ReadSoFar;
import troupe.actors.resume.Resumption;

/**
 * Opens a request when it is run, or attaches to it where it is resumable, and gives its events up to the terminal one, or
 * until the client goes. Stopping it abandons the request. What waits in it is bounded by the sequence, which is told what has been read.
 *
 * <p>It fails where the answer goes on without this reader: one that is too slow, or one whose resumable request has moved,
 * has lost an event on its way here, or says nothing any more. A client that attaches again finds the rest.
 */
final class AnswerSource extends GraphStage<SourceShape<PromptEvents>> {
    private static final Duration CHECK_INTERVAL = SignOfLife.LIMIT.dividedBy(4);
    private static final int SILENT_CHECKS = 4;
    /** Events that are given away together where the reader was not as fast as they came. */
    private static final int MOST_AT_ONCE = 16;

    private final Outlet<PromptEvents> out = Outlet.create("answer.out");
    private final SourceShape<PromptEvents> shape = SourceShape.of(out);
    private final akka.actor.typed.ActorRef<Gateway.Command> gateway;
    private final Function<akka.actor.typed.ActorRef<ListenerMessage>, Gateway.Command> opening;
    private final Reader reader;

    /**
     * Who reads the events.
     *
     * @param prompt which of its request's
     * @param onEvent is shown each event as it is given away
     * @param onFound is run where the request is known already
     */
    record Reader(int prompt, Connection connection, Consumer<SequenceEvent> onEvent, Runnable onFound) {}

    private AnswerSource(
            akka.actor.typed.ActorRef<Gateway.Command> gateway,
            Function<akka.actor.typed.ActorRef<ListenerMessage>, Gateway.Command> opening,
            Reader reader) {
        this.gateway = gateway;
        this.opening = opening;
        this.reader = reader;
    }

    static AnswerSource open(
            akka.actor.typed.ActorRef<Gateway.Command> gateway, GenerationRequest request, Reader reader) {
        return new AnswerSource(gateway, listener -> new Gateway.Open(request, listener), reader);
    }

    /** @param read of the answer, before; null: nothing */
    static AnswerSource attach(
            akka.actor.typed.ActorRef<Gateway.Command> gateway,
            GenerationRequest request,
            Resumption resumption,
            @Nullable ReadSoFar read,
            Reader reader) {
        return new AnswerSource(
                gateway,
                listener -> new Gateway.Attach(new AttachRequest<>(request, resumption, read, listener)),
                reader);
    }

    @Override
    public SourceShape<PromptEvents> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes attributes) {
        return new Logic();
    }

    private final class Logic extends TimerGraphStageLogic {
        private final ArrayDeque<SequenceEvent> waiting = new ArrayDeque<>();
        private final AsyncCallback<Done> gone = createAsyncCallback(done -> completeStage());
        private Runnable forget = () -> {};
        private akka.actor.typed.@Nullable ActorRef<Sequence.Command> sequence;
        private int readEvery = 1;
        private int attachment;
        private long logged;
        private int silentChecks;
        private boolean watched;
        private long read;
        private long told;

        Logic() {
            super(shape);
            setHandler(out, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    pushWaiting();
                }
            });
        }

        @Override
        public void preStart() {
            ActorRef self = getStageActor(message -> {
                        if (message._2() instanceof ListenerMessage heard) {
                            onMessage(heard);
                        }
                        return BoxedUnit.UNIT;
                    })
                    .ref();
            forget = reader.connection().onDisconnect(() -> gone.invoke(Done.getInstance()));
            gateway.tell(opening.apply(Adapter.toTyped(self)));
        }

        @Override
        public void postStop() {
            forget.run();
        }

        private void onMessage(ListenerMessage message) {
            silentChecks = 0;
            switch (message) {
                case SequenceEvent event -> onEvent(event);
                case LoggedEvent(var by, var number, var event) -> {
                    if (number != logged) {
                        failStage(moved("event " + number + " of the request came, " + logged + " was expected"));
                        return;
                    }
                    logged++;
                    attachment = by;
                    onEvent(event);
                }
                case SignOfLife sign -> {
                    if (sign.sent() > logged) {
                        failStage(moved("the request has sent " + sign.sent() + " events, " + logged + " came"));
                        return;
                    }
                    if (sign.meansFound()) {
                        reader.onFound().run();
                    }
                    // What was said of it before may have been lost.
                    sayRead();
                    if (!watched) {
                        watched = true;
                        scheduleAtFixedRate("silence", CHECK_INTERVAL, CHECK_INTERVAL);
                    }
                }
            }
        }

        @Override
        public void onTimer(Object key) {
            if (++silentChecks > SILENT_CHECKS && !(waiting.peekLast() instanceof SequenceEvent.Terminal)) {
                failStage(moved("the request has said nothing for " + SignOfLife.LIMIT.toMillis() + " ms"));
            }
        }

        private void onEvent(SequenceEvent event) {
            if (event instanceof SequenceEvent.Accepted accepted) {
                sequence = accepted.reader();
                readEvery = accepted.readEvery();
            }
            if (event instanceof SequenceEvent.Failed failed && failed.kind() == FailureKind.SLOW_READER) {
                // Behind what it has not read, the reader would never see the reason: the connection breaks.
                failStage(new SlowReaderException(failed.message()));
                return;
            }
            if (event instanceof SequenceEvent.Failed failed && goesOnElsewhere(failed.kind())) {
                failStage(moved(failed.message()));
                return;
            }
            waiting.add(event);
            if (isAvailable(out)) {
                pushWaiting();
            }
        }

        private void pushWaiting() {
            if (waiting.isEmpty()) {
                return;
            }
            List<SequenceEvent> events = new ArrayList<>(Math.min(waiting.size(), MOST_AT_ONCE));
            while (!waiting.isEmpty() && events.size() < MOST_AT_ONCE) {
                SequenceEvent event = waiting.remove();
                reader.onEvent().accept(event);
                events.add(event);
            }
            push(out, new PromptEvents(reader.prompt(), events));
            read += events.size();
            if (events.getLast() instanceof SequenceEvent.Terminal) {
                completeStage();
            } else if (read - told >= readEvery) {
                sayRead();
            }
        }

        private void sayRead() {
            if (sequence != null) {
                told = read;
                sequence.tell(new Sequence.Read(read, attachment));
            }
        }

        /** A gateway that ends, or is cut off, gives its resumable requests away. */
        private boolean goesOnElsewhere(FailureKind kind) {
            boolean leaves = kind == FailureKind.DRAINING || kind == FailureKind.CUT_OFF;
            return kind == FailureKind.MOVED || (leaves && logged > 0);
        }

        private static ApiException moved(String message) {
            return ApiException.of(new SequenceEvent.Failed("", FailureKind.MOVED, message), "");
        }
    }
}
