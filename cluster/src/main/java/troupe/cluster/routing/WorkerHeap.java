package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a group by {@link RoutedWorker#seconds}, then by {@link RoutedWorker#tieBreak}: a binary heap that knows
 * where each lies. Reads ascend from the least one without taking any out.
 */
final class WorkerHeap {
    private final List<RoutedWorker> heap = new ArrayList<>();
    /** Indices of which one is the next, while the heap is ascended. */
    private int[] frontier = new int[16];

    private int waiting;

    int size() {
        return heap.size();
    }

    boolean isEmpty() {
        return heap.isEmpty();
    }

    void add(RoutedWorker worker) {
        worker.heapIndex = heap.size();
        heap.add(worker);
        up(worker);
    }

    void remove(RoutedWorker worker) {
        RoutedWorker last = heap.removeLast();
        if (last != worker) {
            set(worker.heapIndex, last);
            moved(last);
        }
    }

    /** Puts a worker in its place whose seconds have changed. */
    void moved(RoutedWorker worker) {
        up(worker);
        down(worker);
    }

    /** Begins to ascend; any change ends it. */
    void ascend() {
        waiting = heap.isEmpty() ? 0 : 1;
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
            if (isLess(heap.get(frontier[i]), heap.get(frontier[least]))) {
                least = i;
            }
        }
        int index = frontier[least];
        frontier[least] = frontier[--waiting];
        if (waiting + 2 > frontier.length) {
            frontier = Arrays.copyOf(frontier, 2 * frontier.length);
        }
        for (int child = 2 * index + 1; child <= 2 * index + 2 && child < heap.size(); child++) {
            frontier[waiting++] = child;
        }
        return heap.get(index);
    }

    private void up(RoutedWorker worker) {
        while (worker.heapIndex > 0) {
            RoutedWorker parent = heap.get((worker.heapIndex - 1) / 2);
            if (!isLess(worker, parent)) {
                return;
            }
            swap(worker, parent);
        }
    }

    private void down(RoutedWorker worker) {
        while (true) {
            int child = 2 * worker.heapIndex + 1;
            if (child >= heap.size()) {
                return;
            }
            if (child + 1 < heap.size() && isLess(heap.get(child + 1), heap.get(child))) {
                child++;
            }
            if (!isLess(heap.get(child), worker)) {
                return;
            }
            swap(worker, heap.get(child));
        }
    }

    private void swap(RoutedWorker one, RoutedWorker other) {
        int index = one.heapIndex;
        set(other.heapIndex, one);
        set(index, other);
    }

    private void set(int index, RoutedWorker worker) {
        heap.set(index, worker);
        worker.heapIndex = index;
    }

    private static boolean isLess(RoutedWorker one, RoutedWorker other) {
        return one.seconds < other.seconds || (one.seconds == other.seconds && one.tieBreak < other.tieBreak);
    }
}
