package troupe.engine.sampling;

/**
 * Tokens ordered by logit, greatest first, ties to the lower id, of which only the first few are ever sorted: a binary
 * heap of 64-bit keys whose greatest elements move one by one to the end of the array.
 *
 * <p>Keys compare as signed numbers: the logit's bits, made monotonic, above the complement of the id.
 */
final class Candidates {
    private final long[] keys;
    private int heapSize;

    Candidates(int capacity) {
        keys = new long[capacity];
    }

    static long key(float logit, int token) {
        int bits = Float.floatToIntBits(logit + 0f); // + 0f makes -0 equal to 0
        int monotonic = bits ^ ((bits >> 31) & 0x7FFFFFFF);
        return ((long) monotonic << 32) | (~token & 0xFFFFFFFFL);
    }

    static int token(long key) {
        return (int) ~key;
    }

    void clear() {
        heapSize = 0;
    }

    void add(float logit, int token) {
        keys[heapSize++] = key(logit, token);
    }

    int remaining() {
        return heapSize;
    }

    /** To be called once all are added. */
    void heapify() {
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    /** Takes the greatest key that is left. */
    long takeGreatest() {
        long greatest = keys[0];
        heapSize--;
        keys[0] = keys[heapSize];
        keys[heapSize] = greatest;
        siftDown(0);
        return greatest;
    }

    /** The key that was taken as number {@code index}, counted from 0, out of {@code all} that were added. */
    long taken(int index, int all) {
        return keys[all - 1 - index];
    }

    private void siftDown(int from) {
        int parent = from;
        long key = keys[parent];
        while (2 * parent + 1 < heapSize) {
            int child = 2 * parent + 1;
            if (child + 1 < heapSize && keys[child + 1] > keys[child]) {
                child++;
            }
            if (keys[child] <= key) {
                break;
            }
            keys[parent] = keys[child];
            parent = child;
        }
        keys[parent] = key;
    }
}
