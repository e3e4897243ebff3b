package troupe.cluster.routing;

import java.util.Arrays;

/** A set of small numbers: a sorted array while it is small, a bit set when it is large. */
final class SlotSet {
    /** The most members of an array; a bit set goes back to one at half of it. */
    static final int LIST_LIMIT = 64;

    private static final long[] NO_BITS = {};

    private int[] list = new int[8];
    private long[] bits = NO_BITS;
    private int size;

    int size() {
        return size;
    }

    boolean isBits() {
        return bits.length > 0;
    }

    /** The members in ascending order, {@link #size} of them, if this is no bit set. */
    int[] list() {
        return list;
    }

    /** The members if this is a bit set; words that are not there are zero. */
    long[] bits() {
        return bits;
    }

    boolean contains(int member) {
        if (isBits()) {
            int word = member >> 6;
            return word < bits.length && (bits[word] & (1L << member)) != 0;
        }
        return Arrays.binarySearch(list, 0, size, member) >= 0;
    }

    /** Adds what is not in it. */
    void add(int member) {
        if (!isBits() && size == LIST_LIMIT) {
            toBits(member);
        }
        if (isBits()) {
            setBit(member);
        } else {
            if (size == list.length) {
                list = Arrays.copyOf(list, 2 * size);
            }
            int place = ~Arrays.binarySearch(list, 0, size, member);
            System.arraycopy(list, place, list, place + 1, size - place);
            list[place] = member;
        }
        size++;
    }

    /** Removes what is in it. */
    void remove(int member) {
        size--;
        if (isBits()) {
            bits[member >> 6] &= ~(1L << member);
            if (size <= LIST_LIMIT / 2) {
                toList();
            }
        } else {
            int place = Arrays.binarySearch(list, 0, size + 1, member);
            System.arraycopy(list, place + 1, list, place, size - place);
        }
    }

    /** Removes what is not in {@code kept}, a bit set; gives how many were removed. */
    int retain(long[] kept) {
        int before = size;
        if (isBits()) {
            size = 0;
            for (int word = 0; word < bits.length; word++) {
                bits[word] &= word < kept.length ? kept[word] : 0;
                size += Long.bitCount(bits[word]);
            }
            if (size <= LIST_LIMIT / 2) {
                toList();
            }
        } else {
            size = 0;
            for (int i = 0; i < before; i++) {
                int member = list[i];
                if (member >> 6 < kept.length && (kept[member >> 6] & (1L << member)) != 0) {
                    list[size++] = member;
                }
            }
        }
        return before - size;
    }

    void clear() {
        bits = NO_BITS;
        size = 0;
    }

    /** Memory of the arrays. */
    long bytes() {
        return (long) list.length * Integer.BYTES + (long) bits.length * Long.BYTES;
    }

    private void toBits(int highest) {
        bits = new long[(Math.max(highest, list[size - 1]) >> 6) + 1];
        for (int i = 0; i < size; i++) {
            bits[list[i] >> 6] |= 1L << list[i];
        }
    }

    private void setBit(int member) {
        int word = member >> 6;
        if (word >= bits.length) {
            bits = Arrays.copyOf(bits, Math.max(word + 1, bits.length + (bits.length >> 1)));
        }
        bits[word] |= 1L << member;
    }

    private void toList() {
        int count = 0;
        for (int word = 0; word < bits.length; word++) {
            for (long rest = bits[word]; rest != 0; rest &= rest - 1) {
                list[count++] = (word << 6) + Long.numberOfTrailingZeros(rest);
            }
        }
        bits = NO_BITS;
    }
}
