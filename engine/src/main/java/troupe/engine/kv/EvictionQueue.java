package troupe.engine.kv;

import java.util.Arrays;

/** Blocks that may be evicted, by the time since when they have been idle: a binary heap that knows where each block is. */
final class EvictionQueue {
    private static final int NOWHERE = -1;

    private final long[] since;
    private final int[] heap;
    private final int[] places;
    private int size;

    /** @param blocks there are */
    EvictionQueue(int blocks) {
        since = new long[blocks];
        heap = new int[blocks];
        places = new int[blocks];
        Arrays.fill(places, NOWHERE);
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a block that is not in; no two blocks have the same time. */
    void add(int block, long idleSince) {
        since[block] = idleSince;
        up(size++, block);
    }

    /** Removes a block if it is in. */
    void remove(int block) {
        int place = places[block];
        if (place != NOWHERE) {
            removeAt(place);
        }
    }

    /** Removes the block that has been idle for the longest time; the queue is not empty. */
    int poll() {
        int block = heap[0];
        removeAt(0);
        return block;
    }

    private void removeAt(int place) {
        places[heap[place]] = NOWHERE;
        int last = heap[--size];
        if (place < size) {
            up(place, last);
            down(places[last], last);
        }
    }

    private void up(int from, int block) {
        int place = from;
        while (place > 0 && since[block] < since[heap[(place - 1) >> 1]]) {
            put(place, heap[(place - 1) >> 1]);
            place = (place - 1) >> 1;
        }
        put(place, block);
    }

    private void down(int from, int block) {
        int place = from;
        while (2 * place + 1 < size) {
            int child = 2 * place + 1;
            if (child + 1 < size && since[heap[child + 1]] < since[heap[child]]) {
                child++;
            }
            if (since[block] < since[heap[child]]) {
                break;
            }
            put(place, heap[child]);
            place = child;
        }
        put(place, block);
    }

    private void put(int place, int block) {
        heap[place] = block;
        places[block] = place;
    }
}
