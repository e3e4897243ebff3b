package troupe.http;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The latest requests of this gateway, open ones among them, for operators. Thread-safe. */
final class RecentRequests {
    static final int MOST = 256;

    private final ArrayDeque<Timeline> timelines = new ArrayDeque<>();

    synchronized void add(Timeline timeline) {
        if (timelines.size() == MOST) {
            timelines.removeFirst();
        }
        timelines.addLast(timeline);
    }

    /** The latest first. */
    List<Waterfall> all() {
        List<Timeline> copy;
        synchronized (this) {
            copy = new ArrayList<>(timelines);
        }
        List<Waterfall> all = new ArrayList<>(copy.size());
        for (Timeline timeline : copy.reversed()) {
            all.add(timeline.snapshot());
        }
        return all;
    }

    Optional<Waterfall> find(String id) {
        Timeline found = null;
        synchronized (this) {
            Iterator<Timeline> latestFirst = timelines.descendingIterator();
            while (found == null && latestFirst.hasNext()) {
                Timeline timeline = latestFirst.next();
                found = timeline.id().equals(id) ? timeline : null;
            }
        }
        return Optional.ofNullable(found).map(Timeline::snapshot);
    }
}
