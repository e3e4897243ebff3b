package troupe.actors;

import java.util.ArrayList;
import java.util.List;

/**
 * The events on their way to a request's listener: held until the request is accepted, then sent as long as the listener
 * reads.
 */
final class ListenerWindow {
    private final int maxUnread;
    private final List<SequenceEvent> held = new ArrayList<>();
    private boolean open;
    private long sent;
    private long read;

    /**
     * @param accepted goes first
     * @param maxUnread events that may be held, and that the listener may leave unread
     */
    ListenerWindow(SequenceEvent.Accepted accepted, int maxUnread) {
        this.maxUnread = maxUnread;
        held.add(accepted);
    }

    /** Whether the request is accepted. */
    boolean isOpen() {
        return open;
    }

    /** The request is accepted: what was held is sent. */
    void open(List<SequenceEffect> effects) {
        open = true;
        for (SequenceEvent event : held) {
            send(event, effects);
        }
        held.clear();
    }

    /** Sends or holds an event; false if there is no room for it. The last event of all always finds room. */
    boolean offer(SequenceEvent event, List<SequenceEffect> effects) {
        if (open) {
            if (unread() >= maxUnread && !(event instanceof SequenceEvent.Terminal)) {
                return false;
            }
            send(event, effects);
            return true;
        }
        if (held.size() >= maxUnread) {
            return false;
        }
        held.add(event);
        return true;
    }

    /** Sends or holds an event that the listener can do without, if it is not far behind. */
    void inform(SequenceEvent event, List<SequenceEffect> effects) {
        if (open && 2 * unread() < maxUnread) {
            send(event, effects);
        } else if (!open && 2 * held.size() < maxUnread) {
            held.add(event);
        }
    }

    /** The listener has read the first {@code count} events. */
    void read(long count) {
        read = Math.max(read, Math.min(count, sent));
    }

    long unread() {
        return sent - read;
    }

    private void send(SequenceEvent event, List<SequenceEffect> effects) {
        sent++;
        effects.add(new SequenceEffect.Emit(event));
    }
}
