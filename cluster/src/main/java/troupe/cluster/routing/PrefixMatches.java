package troupe.cluster.routing;

import java.util.Arrays;

/**
 * Who holds the beginning of a chain of blocks, and how many of its blocks without a gap: what {@link PrefixIndex#find}
 * found last. It holds until the index changes.
 *
 * <p>The walk keeps those alive who hold all blocks so far. While they are many it does so by bit sets, 64 at a time, and
 * where many drop out at once, it names {@link #MANY} of them only: more would cost more to look at than the choice
 * among them is worth. {@link #lengthOf} tells it of any worker.
 */
public final class PrefixMatches {
    /** Holders that are given of those who hold equally much. */
    static final int MANY = SlotSet.LIST_LIMIT;

    private final PrefixIndex index;
    private final HolderSets sets;
    private long[] words = new long[64];
    private int depth;

    private int[] workers = new int[2 * MANY];
    private int[] lengths = new int[2 * MANY];
    private int size;

    // Who is alive: a list, or bits while they are many.
    private int[] list = new int[MANY];
    private int listed;
    private long[] bits = new long[0];
    private int bitWords;

    PrefixMatches(PrefixIndex index, HolderSets sets) {
        this.index = index;
        this.sets = sets;
    }

    /** Blocks at the beginning of the chain that anybody holds. */
    int depth() {
        return depth;
    }

    /** Workers found. */
    public int size() {
        return size;
    }

    public int worker(int match) {
        return workers[match];
    }

    /** Blocks at the beginning of the chain that the worker holds, at least 1. */
    public int length(int match) {
        return lengths[match];
    }

    /** Blocks at the beginning of the chain that any worker holds, found or not. */
    public int lengthOf(int worker) {
        int holder = index.knownHolder(worker);
        if (holder < 0) {
            return 0;
        }
        int length = 0;
        while (length < depth && sets.contains(words[length], holder)) {
            length++;
        }
        return length;
    }

    void begin() {
        depth = 0;
        size = 0;
    }

    /** The holders of the next block; false if there are none, and the chain ends. */
    boolean addBlock(long word) {
        if (word == HolderSets.EMPTY) {
            return false;
        }
        if (depth == words.length) {
            words = Arrays.copyOf(words, 2 * depth);
        }
        words[depth++] = word;
        return true;
    }

    void walk(long[] live, int turn) {
        if (depth == 0) {
            return;
        }
        boolean many = start(words[0], live);
        int block = 1;
        while (many && block < depth) {
            many = narrow(words[block], block, turn);
            block++;
        }
        if (many) {
            give(bits, depth, turn);
            return;
        }
        while (listed > 0 && block < depth) {
            filter(words[block], block);
            block++;
        }
        for (int i = 0; i < listed; i++) {
            give(list[i], depth);
        }
    }

    /** Begins with the live holders of the first block; true if they are in the bits. */
    private boolean start(long word, long[] live) {
        listed = 0;
        if (!HolderSets.isLarge(word)) {
            for (int i = 0; i < HolderSets.size(word); i++) {
                addLive(HolderSets.holder(word, i), live);
            }
            return false;
        }
        SlotSet set = sets.large(word);
        if (!set.isBits()) {
            for (int i = 0; i < set.size(); i++) {
                addLive(set.list()[i], live);
            }
            return false;
        }
        bitWords = Math.min(set.bits().length, live.length);
        if (bits.length < bitWords) {
            bits = new long[Math.max(bitWords, 2 * bits.length)];
        }
        int count = 0;
        for (int i = 0; i < bitWords; i++) {
            bits[i] = set.bits()[i] & live[i];
            count += Long.bitCount(bits[i]);
        }
        return stayMany(count);
    }

    private void addLive(int holder, long[] live) {
        if ((live[holder >> 6] & (1L << holder)) != 0) {
            list[listed++] = holder;
        }
    }

    /** Keeps those in the bits who hold the block too; true if they are still many. */
    private boolean narrow(long word, int block, int turn) {
        if (HolderSets.isLarge(word) && sets.large(word).isBits()) {
            return narrow(sets.large(word).bits(), block, turn);
        }
        listed = 0;
        for (int i = 0; i < sets.count(word); i++) {
            int holder = HolderSets.isLarge(word) ? sets.large(word).list()[i] : HolderSets.holder(word, i);
            int at = holder >> 6;
            if (at < bitWords && (bits[at] & (1L << holder)) != 0) {
                list[listed++] = holder;
                bits[at] &= ~(1L << holder);
            }
        }
        give(bits, block, turn);
        return false;
    }

    private boolean narrow(long[] holding, int block, int turn) {
        int common = Math.min(bitWords, holding.length);
        long lost = 0;
        for (int i = 0; i < common; i++) {
            lost |= bits[i] & ~holding[i];
        }
        for (int i = common; i < bitWords; i++) {
            lost |= bits[i];
        }
        if (lost == 0) {
            return true;
        }
        int given = 0;
        int count = 0;
        for (int n = 0; n < bitWords; n++) {
            int i = (n + (turn & Integer.MAX_VALUE) % bitWords) % bitWords;
            long kept = i < common ? bits[i] & holding[i] : 0;
            for (long rest = bits[i] & ~kept; rest != 0 && given < MANY; rest &= rest - 1) {
                give((i << 6) + Long.numberOfTrailingZeros(rest), block);
                given++;
            }
            bits[i] = kept;
            count += Long.bitCount(kept);
        }
        return stayMany(count);
    }

    /** Goes over to the list if few are left; true if not. */
    private boolean stayMany(int count) {
        if (count > MANY) {
            return true;
        }
        listed = 0;
        for (int i = 0; i < bitWords; i++) {
            for (long rest = bits[i]; rest != 0; rest &= rest - 1) {
                list[listed++] = (i << 6) + Long.numberOfTrailingZeros(rest);
            }
        }
        return false;
    }

    /** Keeps those in the list who hold the block too. */
    private void filter(long word, int block) {
        int kept = 0;
        for (int i = 0; i < listed; i++) {
            int holder = list[i];
            if (sets.contains(word, holder)) {
                list[kept++] = holder;
            } else {
                give(holder, block);
            }
        }
        listed = kept;
    }

    private void give(long[] holders, int length, int turn) {
        int given = 0;
        int first = (turn & Integer.MAX_VALUE) % bitWords;
        for (int n = 0; n < bitWords && given < MANY; n++) {
            int i = (n + first) % bitWords;
            for (long rest = holders[i]; rest != 0 && given < MANY; rest &= rest - 1) {
                give((i << 6) + Long.numberOfTrailingZeros(rest), length);
                given++;
            }
        }
    }

    private void give(int holder, int length) {
        if (size == workers.length) {
            workers = Arrays.copyOf(workers, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
        }
        workers[size] = index.workerOf(holder);
        lengths[size] = length;
        size++;
    }
}
