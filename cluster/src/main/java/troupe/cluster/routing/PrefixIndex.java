package troupe.cluster.routing;

import java.util.Arrays;
import troupe.engine.kv.KvChanges;

/**
 * Which workers hold which KV blocks: a map from block hashes to sets of workers. Bounded: past {@code maxEntries} pairs
 * of block and worker a new one is refused, so what was stored first, the beginnings of prefixes, stays, and a prefix is
 * taken for shorter than it is, never for longer. Used by one thread.
 *
 * <p>Workers are small numbers that the caller gives out. Inside, a worker is a <em>holder</em>: a number for one life of
 * its cache. To forget all that a worker holds is to retire the number: whoever is retired counts no more at once, and
 * {@link #sweep} takes it out of the sets bit by bit, after which the number can be given again.
 *
 * <pre>
 *   free --first block stored--> live --clear--> retired --a whole sweep that began later--> free
 * </pre>
 */
public final class PrefixIndex {
    /** The most pairs of block and worker that any index may have. */
    public static final int MAX_ENTRIES = 1 << 25;

    private static final int NONE = -1;
    /** So many retired numbers are swept out at once. */
    private static final int MOST_RETIRED = 4_096;

    private static final int SWEEP_AT_LIMIT = 64;

    private final int maxEntries;
    private final long seed;
    private final HolderSets sets = new HolderSets();
    private final PrefixMatches matches = new PrefixMatches(this, sets);
    private BlockMap blocks;
    private int entries;
    private long refused;

    /** By worker. */
    private int[] holders = new int[0];
    // By holder.
    private int[] workers = new int[64];
    private int[] held = new int[64];
    private long[] live = new long[1];
    private int numbered;

    private final NumberStack free = new NumberStack();
    /** Retired before the sweep that goes on began, and since. */
    private final NumberStack swept = new NumberStack();

    private final NumberStack retired = new NumberStack();

    /**
     * @param maxEntries pairs of block and worker at most, 1 to {@link #MAX_ENTRIES}
     * @param seed any number that others cannot guess
     */
    public PrefixIndex(int maxEntries, long seed) {
        if (maxEntries < 1 || maxEntries > MAX_ENTRIES) {
            throw new IllegalArgumentException("maxEntries is " + maxEntries + ", allowed are 1 to " + MAX_ENTRIES);
        }
        this.maxEntries = maxEntries;
        this.seed = seed;
        blocks = new BlockMap(0, seed);
    }

    /** The most pairs that there may be. */
    public int maxEntries() {
        return maxEntries;
    }

    /** Pairs of block and worker in memory, those of retired workers included. */
    public int entries() {
        return entries;
    }

    /** Blocks in memory. */
    public int blocks() {
        return blocks.size();
    }

    /** Pairs refused because there were {@code maxEntries}. */
    public long refused() {
        return refused;
    }

    /** Memory of the arrays. */
    public long bytes() {
        return blocks.bytes()
                + sets.bytes()
                + (long) Integer.BYTES * (holders.length + workers.length + held.length)
                + (long) Long.BYTES * live.length;
    }

    /** Takes in what a worker says about its cache. */
    public void apply(int worker, KvChanges changes) {
        for (int i = 0; i < changes.size(); i++) {
            switch (changes.kind(i)) {
                case STORED -> stored(worker, changes.high(i), changes.low(i));
                case REMOVED -> removed(worker, changes.high(i), changes.low(i));
                case CLEARED -> clear(worker);
            }
        }
        sweep(changes.size());
    }

    /** The worker holds the block from now on; false if it did already, or if there is no room. */
    public boolean stored(int worker, long high, long low) {
        int holder = holderOf(worker);
        int position = blocks.find(high, low);
        long word = position < 0 ? HolderSets.EMPTY : blocks.word(position);
        if (sets.contains(word, holder)) {
            return false;
        }
        if (entries >= maxEntries) {
            sweep(SWEEP_AT_LIMIT);
            refused++;
            return false;
        }
        if (position < 0 && blocks.isFull()) {
            rebuild(2 * blocks.positions());
            position = blocks.find(high, low);
        }
        word = sets.add(word, holder);
        if (position < 0) {
            blocks.put(~position, high, low, word);
        } else {
            blocks.setWord(position, word);
        }
        entries++;
        held[holder]++;
        return true;
    }

    /** The worker no longer holds the block; false if it did not. */
    public boolean removed(int worker, long high, long low) {
        int holder = knownHolder(worker);
        int position = holder == NONE ? NONE : blocks.find(high, low);
        if (position < 0 || !sets.contains(blocks.word(position), holder)) {
            return false;
        }
        entries--;
        held[holder]--;
        setOrRemove(position, sets.remove(blocks.word(position), holder));
        return true;
    }

    /** The worker holds nothing any more. Takes the same short time whatever it held. */
    public void clear(int worker) {
        int holder = knownHolder(worker);
        if (holder != NONE) {
            holders[worker] = NONE;
            live[holder >> 6] &= ~(1L << holder);
            if (held[holder] == 0) {
                free.push(holder);
            } else {
                retired.push(holder);
            }
        }
    }

    public boolean holds(int worker, long high, long low) {
        int holder = knownHolder(worker);
        int position = holder == NONE ? NONE : blocks.find(high, low);
        return position >= 0 && sets.contains(blocks.word(position), holder);
    }

    /**
     * Finds who holds the beginning of a chain of blocks without a gap, and how much of it.
     *
     * @param chain asked for no block behind the first that nobody holds
     * @param count blocks to look up at most
     * @param turn any number: says which of very many equal holders are given
     * @return to be read before the next call of any method that changes the index
     */
    public PrefixMatches find(HashChain chain, int count, int turn) {
        matches.begin();
        for (int i = 0; i < count; i++) {
            int position = blocks.find(chain.high(i), chain.low(i));
            if (position < 0 || !matches.addBlock(blocks.word(position))) {
                break;
            }
        }
        matches.walk(live, turn);
        return matches;
    }

    /** Goes on with taking retired workers out, over so many positions of the map; does nothing if there are none. */
    public void sweep(int positions) {
        if (swept.isEmpty() && !retired.isEmpty()) {
            swept.takeAll(retired);
        }
        for (int i = 0; i < positions && !swept.isEmpty(); i++) {
            int position = blocks.fence();
            if (position == blocks.positions()) {
                endSweep();
            } else if (blocks.word(position) == 0 || clean(position)) {
                blocks.setFence(position + 1);
            }
        }
    }

    int workerOf(int holder) {
        return workers[holder];
    }

    /** The number of the worker's present cache, or -1. */
    int knownHolder(int worker) {
        return worker < holders.length ? holders[worker] : NONE;
    }

    private int holderOf(int worker) {
        int known = knownHolder(worker);
        return known == NONE ? newHolder(worker) : known;
    }

    private int newHolder(int worker) {
        if (worker >= holders.length) {
            int before = holders.length;
            holders = Arrays.copyOf(holders, Math.max(worker + 1, 2 * before));
            Arrays.fill(holders, before, holders.length, NONE);
        }
        if (free.isEmpty() && (swept.size() + retired.size() >= MOST_RETIRED || numbered > HolderSets.MAX_HOLDER)) {
            rebuild(blocks.positions());
        }
        int holder = free.isEmpty() ? numbered++ : free.pop();
        if (holder > HolderSets.MAX_HOLDER) {
            throw new IllegalStateException("more than " + HolderSets.MAX_HOLDER + " workers hold blocks");
        }
        if (holder == workers.length) {
            workers = Arrays.copyOf(workers, 2 * holder);
            held = Arrays.copyOf(held, 2 * holder);
            live = Arrays.copyOf(live, workers.length >> 6);
        }
        holders[worker] = holder;
        workers[holder] = worker;
        live[holder >> 6] |= 1L << holder;
        return holder;
    }

    /** Takes retired holders out of the entry; false if it is gone, so that another may lie there now. */
    private boolean clean(int position) {
        long word = withoutRetired(blocks.word(position));
        return setOrRemove(position, word);
    }

    private long withoutRetired(long word) {
        int before = sets.count(word);
        long left = sets.retain(word, live);
        entries -= before - sets.count(left);
        return left;
    }

    private boolean setOrRemove(int position, long word) {
        if (word != HolderSets.EMPTY) {
            blocks.setWord(position, word);
            return true;
        }
        int crossed = blocks.remove(position);
        if (crossed >= 0) {
            // It evaded the sweep. Left empty it does no harm, and removing it might move another.
            blocks.setWord(crossed, withoutRetired(blocks.word(crossed)));
        }
        return false;
    }

    private void endSweep() {
        blocks.setFence(0);
        while (!swept.isEmpty()) {
            int holder = swept.pop();
            held[holder] = 0;
            free.push(holder);
        }
    }

    /** Moves all entries into a new map, without the retired. */
    private void rebuild(int positions) {
        BlockMap old = blocks;
        blocks = new BlockMap(positions, seed);
        for (int position = 0; position < old.positions(); position++) {
            if (old.word(position) != 0) {
                long word = withoutRetired(old.word(position));
                if (word != HolderSets.EMPTY) {
                    long high = old.high(position);
                    long low = old.low(position);
                    blocks.put(~blocks.find(high, low), high, low, word);
                }
            }
        }
        swept.takeAll(retired);
        endSweep();
    }
}
