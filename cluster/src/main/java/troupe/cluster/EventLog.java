package troupe.cluster;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.admin.ClusterEvent;

/** The latest events, numbered from 1. Safe for use by several threads at once. */
final class EventLog {
    static final int MOST_KEPT = 1_000;

    private final Clock clock;
    private final ArrayDeque<ClusterEvent> events = new ArrayDeque<>();
    private long last;

    EventLog(Clock clock) {
        this.clock = clock;
    }

    synchronized void add(String kind, String subject, String text) {
        events.add(new ClusterEvent(++last, clock.millis(), kind, subject, text));
        if (events.size() > MOST_KEPT) {
            events.remove();
        }
    }

    /** Those after {@code number} that are still kept, oldest first. */
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
