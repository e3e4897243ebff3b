package troupe.cli;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.admin.ClusterEvent;

/** The latest events of a node, numbered from 1. Thread-safe. */
final class EventLog {
    static final int MOST = 256;

    private final Clock clock;
    private final ArrayDeque<ClusterEvent> events = new ArrayDeque<>();
    private long last;

    EventLog(Clock clock) {
        this.clock = clock;
    }

    /** @param kind as {@link ClusterEvent#kind} */
    synchronized void add(String kind, String subject, String text) {
        if (events.size() == MOST) {
            events.removeFirst();
        }
        events.addLast(new ClusterEvent(++last, clock.millis(), kind, subject, text));
    }

    /** The oldest first. */
    synchronized List<ClusterEvent> after(long number) {
        List<ClusterEvent> after = new ArrayList<>();
        for (ClusterEvent event : events) {
            if (event.number() > number) {
                after.add(event);
            }
        }
        return after;
    }
}
