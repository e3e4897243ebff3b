package troupe.cluster.simulation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What will happen in virtual time, in order of time, then of being planned: a heap of four children a node, in arrays, so
 * that an event is no object of the queue's.
 */
public final class EventQueue {
    private static final int CHILDREN = 4;

    private long[] times = new long[64];
    private long[] numbers = new long[64];
    private @Nullable Runnable[] actions = new @Nullable Runnable[64];
    private int size;
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
        if (size == times.length) {
            times = Arrays.copyOf(times, 2 * size);
            numbers = Arrays.copyOf(numbers, 2 * size);
            @Nullable Runnable[] more = new @Nullable Runnable[2 * size];
            System.arraycopy(actions, 0, more, 0, size);
            actions = more;
        }
        up(size++, nanos, planned++, action);
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
        Runnable next = actions[0];
        if (next == null) {
            return false;
        }
        now = times[0];
        size--;
        Runnable last = actions[size];
        actions[size] = null;
        if (size > 0 && last != null) {
            down(times[size], numbers[size], last);
        }
        next.run();
        return true;
    }

    /** Events that were planned. */
    public long planned() {
        return planned;
    }

    private void up(int from, long time, long number, Runnable action) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) / CHILDREN;
            // A later number than all in the queue: equals stay above.
            if (times[parent] <= time) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, time, number, action);
    }

    private void down(long time, long number, Runnable action) {
        int place = 0;
        int first = 1;
        while (first < size) {
            int least = first;
            for (int child = first + 1; child < Math.min(size, first + CHILDREN); child++) {
                if (isBefore(times[child], numbers[child], times[least], numbers[least])) {
                    least = child;
                }
            }
            if (isBefore(time, number, times[least], numbers[least])) {
                break;
            }
            move(least, place);
            place = least;
            first = place * CHILDREN + 1;
        }
        put(place, time, number, action);
    }

    private static boolean isBefore(long time, long number, long otherTime, long otherNumber) {
        return time < otherTime || (time == otherTime && number < otherNumber);
    }

    private void move(int from, int to) {
        times[to] = times[from];
        numbers[to] = numbers[from];
        actions[to] = actions[from];
    }

    private void put(int place, long time, long number, Runnable action) {
        times[place] = time;
        numbers[place] = number;
        actions[place] = action;
    }
}
