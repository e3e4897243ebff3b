package troupe.engine.sampling;

/**
 * The likeliest tokens, greatest logit first, ties to the lower id: those whose logit reaches a cut are gathered, and of
 * these only the first few are ever sorted, by a binary heap of 64-bit keys whose greatest elements move one by one to
 * the end of the array.
 *
 * <p>Keys compare as signed numbers: {@link LogitsScan#key} above the complement of the id.
 */
final class Candidates {
    private final long[] keys;
    private int gathered;
    private int heapSize;

    Candidates(int capacity) {
        keys = new long[capacity];
    }

    static int token(long key) {
        return (int) ~key;
    }

    /**
     * Gathers the tokens whose logit's key is at least {@code least}, in place of those before.
     *
     * @param scan of these logits
     */
    void gather(float[] logits, LogitsScan scan, int least) {
        gathered = 0;
        for (int block = 0; block < scan.blocks(); block++) {
            if (scan.greatestKey(block) >= least) {
                gatherBlock(logits, block * LogitsScan.BLOCK, least);
            }
        }
        heapSize = gathered;
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    private void gatherBlock(float[] logits, int from, int least) {
        int to = Math.min(logits.length, from + LogitsScan.BLOCK);
        for (int token = from; token < to; token++) {
            int key = LogitsScan.key(logits[token]);
            if (key >= least) {
                keys[gathered++] = ((long) key << 32) | (~token & 0xFFFFFFFFL);
            }
        }
    }

    /** Tokens gathered and not taken. */
    int remaining() {
        return heapSize;
    }

    /** Takes the likeliest token that is left. */
    int take() {
        long greatest = keys[0];
        heapSize--;
        keys[0] = keys[heapSize];
        keys[heapSize] = greatest;
        siftDown(0);
        return token(greatest);
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
