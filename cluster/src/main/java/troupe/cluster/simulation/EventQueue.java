package troupe.cluster.simulation;

import java.util.PriorityQueue;

/** What will happen in virtual time, in order of time, then of being planned. */
public final class EventQueue {
    private record Event(long nanos, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(number, other.number);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long planned;
    private long now;

    /** Virtual nanoseconds since the beginning. */
    public long now() {
        return now;
    }

    /** Plans {@code action} for a time that is not over. */
    public void at(long nanos, Runnable action) {
        if (nanos < now) {
            throw new IllegalArgumentException("an event at " + nanos + " ns, it is " + now + " ns already");
        }
        events.add(new Event(nanos, planned++, action));
    }

    public void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    /** Lets everything happen, what is planned on the way included. */
    void run() {
        boolean more = step();
        while (more) {
            more = step();
        }
    }

    /** Lets the next thing happen; false if nothing is planned. */
    public boolean step() {
        Event next = events.poll();
        if (next == null) {
            return false;
        }
        now = next.nanos();
        next.action().run();
        return true;
    }

    /** Events that were planned. */
    public long planned() {
        return planned;
    }
}
