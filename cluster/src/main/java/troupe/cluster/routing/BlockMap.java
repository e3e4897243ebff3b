package troupe.cluster.routing;

/**
 * A map from 128-bit hashes to words: open addressing with linear probing over one array, no objects, no tombstones
 * (what follows a removed entry moves up). A word is never 0.
 *
 * <p>Positions stay the same until an entry is put or removed. A sweep over all positions has a fence in front of it, so
 * that it misses no entry that moves: {@link #remove} tells of one that moved from behind the fence before it.
 */
final class BlockMap {
    private static final int STRIDE = 3;
    private static final int LEAST_POSITIONS = 64;

    private final long seed;
    private long[] table;
    private int mask;
    private int size;
    private int fence;

    /**
     * @param positions at least so many
     * @param seed of the places, so that nobody can send hashes that all fall in one place
     */
    BlockMap(int positions, long seed) {
        int power = Math.max(LEAST_POSITIONS, Integer.highestOneBit(Math.max(1, positions - 1)) << 1);
        this.seed = seed;
        table = new long[power * STRIDE];
        mask = power - 1;
    }

    int size() {
        return size;
    }

    int positions() {
        return mask + 1;
    }

    long bytes() {
        return (long) table.length * Long.BYTES;
    }

    /** Whether another entry would make searches long: then put all entries into a map of twice the positions. */
    boolean isFull() {
        return size >= (mask + 1L) * 5 / 8;
    }

    /** The position of a hash, or {@code ~position} of the place where it would go. */
    int find(long high, long low) {
        int position = home(high, low);
        while (true) {
            int at = position * STRIDE;
            if (table[at + 2] == 0) {
                return ~position;
            }
            if (table[at] == high && table[at + 1] == low) {
                return position;
            }
            position = (position + 1) & mask;
        }
    }

    /** The word at a position, 0 if there is no entry. */
    long word(int position) {
        return table[position * STRIDE + 2];
    }

    void setWord(int position, long word) {
        table[position * STRIDE + 2] = word;
    }

    long high(int position) {
        return table[position * STRIDE];
    }

    long low(int position) {
        return table[position * STRIDE + 1];
    }

    /** Puts an entry where {@link #find} said that it would go. */
    void put(int position, long high, long low, long word) {
        int at = position * STRIDE;
        table[at] = high;
        table[at + 1] = low;
        table[at + 2] = word;
        size++;
    }

    /**
     * Removes the entry at a position.
     *
     * @return the new position of an entry that moved from the fence or behind it to a place before it, or -1
     */
    int remove(int position) {
        int hole = position;
        int crossed = -1;
        int next = (hole + 1) & mask;
        while (word(next) != 0) {
            int home = home(high(next), low(next));
            if (((next - home) & mask) >= ((next - hole) & mask)) {
                System.arraycopy(table, next * STRIDE, table, hole * STRIDE, STRIDE);
                if (next >= fence && hole < fence) {
                    crossed = hole;
                }
                hole = next;
            }
            next = (next + 1) & mask;
        }
        setWord(hole, 0);
        size--;
        return crossed;
    }

    /** Positions before it have been swept; 0 while nothing is swept. */
    int fence() {
        return fence;
    }

    void setFence(int position) {
        fence = position;
    }

    private int home(long high, long low) {
        long mixed = (high ^ seed) * 0x9E3779B97F4A7C15L + (low ^ Long.rotateLeft(seed, 32)) * 0xD6E8FEB86659FD93L;
        return (int) ((mixed ^ (mixed >>> 32)) & mask);
    }
}
