package troupe.cluster.routing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a group by {@link RoutedWorker#seconds}, then by {@link RoutedWorker#tieBreak}: a binary heap that knows
 * where each lies. Reads ascend from the least one without taking any out. What is compared lies beside the workers in
 * arrays: a report of load moves one worker past some of a thousand, whose own memory need not be touched.
 */
final class WorkerHeap {
    private @Nullable RoutedWorker[] workers = new @Nullable RoutedWorker[16];
    private double[] seconds = new double[16];
    private int[] tieBreaks = new int[16];
    private int size;
    /** Indices of which one is the next, while the heap is ascended. */
    private int[] frontier = new int[16];

    private int waiting;

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(RoutedWorker worker) {
        if (size == workers.length) {
            @Nullable RoutedWorker[] more = new @Nullable RoutedWorker[2 * size];
            System.arraycopy(workers, 0, more, 0, size);
            workers = more;
            seconds = Arrays.copyOf(seconds, 2 * size);
            tieBreaks = Arrays.copyOf(tieBreaks, 2 * size);
        }
        worker.heapIndex = size++;
        moved(worker);
    }

    void remove(RoutedWorker worker) {
        RoutedWorker last = workers[--size];
        workers[size] = null;
        if (last != null && last != worker) {
            last.heapIndex = worker.heapIndex;
            moved(last);
        }
    }

    /** Puts a worker in its place whose seconds have changed. */
    void moved(RoutedWorker worker) {
        int place = worker.heapIndex;
        while (place > 0 && isLess(worker, (place - 1) / 2)) {
            move((place - 1) / 2, place);
            place = (place - 1) / 2;
        }
        int child = lesserChild(place);
        while (child < size && !isLess(worker, child)) {
            move(child, place);
            place = child;
            child = lesserChild(place);
        }
        workers[place] = worker;
        seconds[place] = worker.seconds;
        tieBreaks[place] = worker.tieBreak;
        worker.heapIndex = place;
    }

    /** Begins to ascend; any change ends it. */
    void ascend() {
        waiting = size == 0 ? 0 : 1;
        frontier[0] = 0;
    }

    /** The next worker upwards; null if there is none left. */
    @Nullable
    RoutedWorker next() {
        if (waiting == 0) {
            return null;
        }
        int least = 0;
        for (int i = 1; i < waiting; i++) {
            if (isLess(frontier[i], frontier[least])) {
                least = i;
            }
        }
        int index = frontier[least];
        frontier[least] = frontier[--waiting];
        if (waiting + 2 > frontier.length) {
            frontier = Arrays.copyOf(frontier, 2 * frontier.length);
        }
        for (int child = 2 * index + 1; child <= 2 * index + 2 && child < size; child++) {
            frontier[waiting++] = child;
        }
        return workers[index];
    }

    /** The first child's place if there is no child. */
    private int lesserChild(int place) {
        int child = 2 * place + 1;
        return child + 1 < size && isLess(child + 1, child) ? child + 1 : child;
    }

    private void move(int from, int to) {
        RoutedWorker worker = workers[from];
        workers[to] = worker;
        seconds[to] = seconds[from];
        tieBreaks[to] = tieBreaks[from];
        if (worker != null) {
            worker.heapIndex = to;
        }
    }

    private boolean isLess(RoutedWorker worker, int place) {
        return worker.seconds < seconds[place]
                || (worker.seconds == seconds[place] && worker.tieBreak < tieBreaks[place]);
    }

    private boolean isLess(int place, int other) {
        return seconds[place] < seconds[other]
                || (seconds[place] == seconds[other] && tieBreaks[place] < tieBreaks[other]);
    }
}
