package troupe.kernels;

import static troupe.kernels.Memory.I32;

import java.lang.foreign.MemorySegment;

/**
 * Moves the bits of one row of Q5_0, Q5_1, Q4_K, Q5_K or Q6_K from ggml's order to that of {@link PackedMatrix}. Four
 * columns, a byte each, are one int.
 */
final class SuperBlockPacking {
    private static final int GROUP = PackedMatrix.GROUP_ROWS;
    /** Blocks of 32 columns in a super-block of 256. */
    private static final int BLOCKS = 8;
    /** Ints of 32 columns, a byte each. */
    private static final int INTS = 8;

    private static final int NIBBLES = 0x0f0f0f0f;
    private static final int PAIRS = 0x03030303;
    private static final int ONES = 0x01010101;

    private final WeightType type;
    private final MemorySegment row;
    private final int lane;
    private final MemorySegment target;

    private SuperBlockPacking(WeightType type, MemorySegment row, int lane, MemorySegment target) {
        this.type = type;
        this.row = row;
        this.lane = lane;
        this.target = target;
    }

    /** Writes a row's share of a group. */
    static void packRow(WeightType type, MemorySegment row, int lane, MemorySegment target) {
        SuperBlockPacking packing = new SuperBlockPacking(type, row, lane, target);
        for (long from = 0; from < row.byteSize(); from += type.blockBytes()) {
            switch (type) {
                case Q5_0, Q5_1 -> packing.fiveBits(from, from * GROUP);
                case Q4_K -> packing.withMinimums(from, from * GROUP, false);
                case Q5_K -> packing.withMinimums(from, from * GROUP, true);
                case Q6_K -> packing.sixBits(from, from * GROUP);
                case F32, F16, BF16, Q4_0, Q4_1, Q8_0 ->
                    throw new IllegalArgumentException("packed as it lies: " + type);
            }
        }
    }

    /** Q5_0 and Q5_1: d, m where there is one, an int of fifth bits, nibbles of columns l and 16 + l. */
    private void fiveBits(long from, long to) {
        int header = type.headerBytes();
        for (int part = 0; part < header; part += 2) {
            copyHalf(from + part, to + (long) part * GROUP);
        }
        long integers = to + (long) header * GROUP;
        int fifths = row.get(I32, from + header);
        int upper = 0;
        for (int j = 0; j < INTS; j++) {
            upper |= oneInEachByte((fifths >>> (4 * j)) & 15) << j;
        }
        put(integers, 0, upper);
        for (int j = 0; j < 4; j++) {
            put(integers, 1 + j, row.get(I32, from + header + 4 + 4L * j));
        }
    }

    /** Bit t of four becomes the lowest bit of byte t. */
    private static int oneInEachByte(int bits) {
        return (bits | (bits << 7) | (bits << 14) | (bits << 21)) & ONES;
    }

    /**
     * Q4_K and Q5_K: d, dmin, 12 bytes of scales and minimums, for Q5_K 32 bytes with bit b for block b, and 32 bytes of
     * nibbles for each two blocks.
     */
    private void withMinimums(long from, long to, boolean fifths) {
        copyHalf(from, to);
        copyHalf(from + 2, to + 2L * GROUP);
        for (int i = 0; i < 12; i++) {
            copyByte(from + 4 + i, to + (4L + i) * GROUP);
        }
        long nibbles = from + (fifths ? 48 : 16);
        long integers = to + 16L * GROUP;
        for (int block = 0; block < BLOCKS; block++) {
            if (fifths) {
                int upper = 0;
                for (int j = 0; j < INTS; j++) {
                    upper |= ((row.get(I32, from + 16 + 4L * j) >>> block) & ONES) << j;
                }
                put(integers, 0, upper);
                integers += 4L * GROUP;
            }
            putNibbles(nibbles + block / 2 * 32L, block % 2, integers);
            integers += 16L * GROUP;
        }
    }

    /**
     * Q6_K: 128 bytes of nibbles, 64 bytes of bit pairs, 16 scales, d. Of each half of the super-block, four blocks,
     * block b has the low (b < 2) or high nibbles of bytes 32 (b % 2) + l and the pair b of bytes l.
     */
    private void sixBits(long from, long to) {
        copyHalf(from + 208, to);
        for (int i = 0; i < 2 * BLOCKS; i++) {
            copyByte(from + 192 + i, to + (2L + i) * GROUP);
        }
        long integers = to + 18L * GROUP;
        for (int block = 0; block < BLOCKS; block++) {
            int inHalf = block % 4;
            long pairs = from + 128 + block / 4 * 32L;
            for (int vector = 0; vector < 2; vector++) {
                int upper = 0;
                for (int j = 0; j < 4; j++) {
                    upper |= ((row.get(I32, pairs + 16L * vector + 4L * j) >>> (2 * inHalf)) & PAIRS) << (2 * j);
                }
                put(integers, vector, upper);
            }
            putNibbles(from + block / 4 * 64L + inHalf % 2 * 32L, inHalf / 2, integers + 8L * GROUP);
            integers += 24L * GROUP;
        }
    }

    /** From the low (0) or high (1) halves of 32 bytes, a column each, to columns l and 16 + l in one byte. */
    private void putNibbles(long from, int half, long integers) {
        for (int j = 0; j < 4; j++) {
            int low = (row.get(I32, from + 4L * j) >>> (4 * half)) & NIBBLES;
            int high = (row.get(I32, from + 16 + 4L * j) >>> (4 * half)) & NIBBLES;
            put(integers, j, low | (high << 4));
        }
    }

    /** The row's four bytes of a 64-byte vector. */
    private void put(long integers, int vector, int value) {
        target.set(I32, integers + vector * 4L * GROUP + lane * 4L, value);
    }

    private void copyHalf(long from, long to) {
        target.set(Memory.I16, to + 2L * lane, row.get(Memory.I16, from));
    }

    private void copyByte(long from, long to) {
        target.set(Memory.I8, to + lane, row.get(Memory.I8, from));
    }
}
