package troupe.cluster.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sets of holders, each named by a word that its owner keeps and replaces by what a method gives back. One to three
 * holders lie in the word itself, 20 bits each, so most sets cost nothing more; larger ones are {@link SlotSet}s.
 *
 * <pre>
 *   0 holders  EMPTY
 *   1 to 3     0 | third + 1 or 0 | second + 1 or 0 | first + 1
 *   more       sign bit | number of the SlotSet
 * </pre>
 *
 * No set is the word 0, which is left for owners that have to say "no set here".
 */
final class HolderSets {
    static final long EMPTY = 1L << 62;
    /** Holders are numbers from 0 to here. */
    static final int MAX_HOLDER = (1 << 20) - 2;

    private static final int FIELD_BITS = 20;
    private static final long FIELD = (1L << FIELD_BITS) - 1;
    private static final int INLINE = 3;

    private final List<SlotSet> large = new ArrayList<>();
    private int[] free = new int[16];
    private int freeCount;
    private long bytes;

    /** Memory of the sets that do not fit their words. */
    long bytes() {
        return bytes + (long) free.length * Integer.BYTES;
    }

    static boolean isLarge(long word) {
        return word < 0;
    }

    /** The set of a word for which {@link #isLarge} holds; to be read only. */
    SlotSet large(long word) {
        return large.get((int) word);
    }

    /** How many holders a word that is not large has. */
    static int size(long word) {
        if (word == EMPTY) {
            return 0;
        }
        return 1 + (word >>> FIELD_BITS != 0 ? 1 : 0) + (word >>> (2 * FIELD_BITS) != 0 ? 1 : 0);
    }

    /** One of the holders of a word that is not large, by its index. */
    static int holder(long word, int index) {
        return (int) ((word >>> (index * FIELD_BITS)) & FIELD) - 1;
    }

    boolean contains(long word, int holder) {
        if (isLarge(word)) {
            return large(word).contains(holder);
        }
        long field = holder + 1L;
        return (word & FIELD) == field
                || ((word >>> FIELD_BITS) & FIELD) == field
                || ((word >>> (2 * FIELD_BITS)) & FIELD) == field;
    }

    /** The set with a holder more, which it does not contain. */
    long add(long word, int holder) {
        if (isLarge(word)) {
            SlotSet set = large(word);
            bytes -= set.bytes();
            set.add(holder);
            bytes += set.bytes();
            return word;
        }
        int size = size(word);
        if (size < INLINE) {
            return (word == EMPTY ? 0 : word) | (holder + 1L) << (size * FIELD_BITS);
        }
        int number = allocate();
        SlotSet set = large.get(number);
        for (int i = 0; i < INLINE; i++) {
            set.add(holder(word, i));
        }
        set.add(holder);
        bytes += set.bytes();
        return Long.MIN_VALUE | number;
    }

    /** The set without a holder that it contains. */
    long remove(long word, int holder) {
        if (isLarge(word)) {
            SlotSet set = large(word);
            bytes -= set.bytes();
            set.remove(holder);
            return settled(word, set);
        }
        long left = EMPTY;
        for (int i = 0; i < size(word); i++) {
            int each = holder(word, i);
            left = each == holder ? left : add(left, each);
        }
        return left;
    }

    /** The set without those that are not in {@code kept}, a bit set. */
    long retain(long word, long[] kept) {
        if (isLarge(word)) {
            SlotSet set = large(word);
            bytes -= set.bytes();
            set.retain(kept);
            return settled(word, set);
        }
        long left = word;
        for (int i = 0; i < size(word); i++) {
            int each = holder(word, i);
            left = (kept[each >> 6] & (1L << each)) != 0 ? left : remove(left, each);
        }
        return left;
    }

    /** How many holders a set has. */
    int count(long word) {
        return isLarge(word) ? large(word).size() : size(word);
    }

    /** Takes the set, whose bytes are not counted now, back into its word if it became small. */
    private long settled(long word, SlotSet set) {
        if (set.size() >= INLINE) {
            bytes += set.bytes();
            return word;
        }
        long small = EMPTY;
        for (int i = 0; i < set.size(); i++) {
            small = add(small, set.list()[i]);
        }
        set.clear();
        if (freeCount == free.length) {
            free = Arrays.copyOf(free, 2 * freeCount);
        }
        free[freeCount++] = (int) word;
        return small;
    }

    private int allocate() {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        large.add(new SlotSet());
        return large.size() - 1;
    }
}
