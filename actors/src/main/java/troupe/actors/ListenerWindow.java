package troupe.actors;

import java.util.ArrayList;
import java.util.List;

/**
 * The events on their way to a request's listener: held until the request is accepted, then sent as long as the listener
 * reads.
 */
final class ListenerWindow implements EventOutlet {
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

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void open(List<SequenceEffect> effects) {
        open = true;
        for (SequenceEvent event : held) {
            send(event, effects);
        }
        held.clear();
    }

    @Override
    public boolean offer(SequenceEvent event, List<SequenceEffect> effects) {
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

    @Override
    public void inform(SequenceEvent event, List<SequenceEffect> effects) {
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

    @Override
    public long unread() {
        return sent - read;
    }

    private void send(SequenceEvent event, List<SequenceEffect> effects) {
        sent++;
        effects.add(new SequenceEffect.Emit(event));
    }
}
