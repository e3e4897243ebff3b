package troupe.actors;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.TimerScheduler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The listener that a sequence has at present, if it has one: is watched, and hears something as often as
 * {@link #signOfLife} is called.
 *
 * <pre>
 *   NOBODY --attach--> PRESENT --gone, or sent elsewhere--> NOBODY, and the grace of a resumable request begins
 *                       |   ^
 *                       '---'  another one attaches: the former hears that it is detached
 * </pre>
 */
final class CurrentListener {
    private final ActorContext<Sequence.Command> context;
    private final TimerScheduler<Sequence.Command> timers;
    private final String sequence;
    private final @Nullable Duration grace;
    private @Nullable ActorRef<ListenerMessage> present;
    /** Whether it was sent something since the last sign of life. */
    private boolean spoke;
    /** Whether the finished answer is kept for it alone. */
    private boolean dropped;

    /**
     * @param context is told {@link Sequence.ListenerGone}
     * @param timers tell {@link Sequence.Signal#DROP} after the grace
     * @param grace how long the request is kept without one; null: it has none
     */
    CurrentListener(
            ActorContext<Sequence.Command> context,
            TimerScheduler<Sequence.Command> timers,
            String sequence,
            @Nullable Duration grace) {
        this.context = context;
        this.timers = timers;
        this.sequence = sequence;
        this.grace = grace;
    }

    boolean isPresent() {
        return present != null;
    }

    /** It is this one from now on. */
    void attach(ActorRef<ListenerMessage> arrived) {
        ActorRef<ListenerMessage> former = present;
        if (arrived.equals(former)) {
            return;
        }
        if (former != null) {
            context.unwatch(former);
            former.tell(new SequenceEvent.Failed(
                    sequence, FailureKind.DETACHED, "another connection has attached to the request"));
        }
        present = arrived;
        context.watchWith(arrived, new Sequence.ListenerGone(arrived));
        timers.cancel(Sequence.Signal.DROP);
    }

    /** A listener is gone; whether it was the present one. */
    boolean detach(ActorRef<ListenerMessage> gone) {
        if (!gone.equals(present)) {
            return false;
        }
        present = null;
        startGrace();
        return true;
    }

    /** Its client finds the request at a gateway that is not cut off. */
    void sendElsewhere() {
        ActorRef<ListenerMessage> leaving = present;
        if (leaving != null) {
            context.unwatch(leaving);
            tell(new SequenceEvent.Failed(sequence, FailureKind.CUT_OFF, "the gateway is cut off from most others"));
            detach(leaving);
        }
    }

    /** From now on the request is not kept for another one. */
    void drop() {
        dropped = true;
    }

    void startGrace() {
        if (grace != null) {
            timers.startSingleTimer(Sequence.Signal.DROP, dropped ? Duration.ZERO : grace);
        }
    }

    void tell(ListenerMessage message) {
        if (present != null) {
            present.tell(message);
            spoke = true;
        }
    }

    /**
     * Tells it that the sequence lives, if it has heard nothing since the last time.
     *
     * @param sent events that it was sent
     */
    void signOfLife(long sent) {
        if (!spoke) {
            tell(new SignOfLife(sequence, sent));
        }
        spoke = false;
    }
}
