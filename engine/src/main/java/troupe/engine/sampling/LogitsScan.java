package troupe.engine.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * What one pass over logits tells: whether all are finite, the greatest, and the greatest of every block of them, so that
 * whoever looks for the likeliest tokens can leave out most blocks.
 *
 * <p>The pass reads the bits as integers, since the compiler turns reductions of integers into vector instructions.
 */
final class LogitsScan {
    /** Logits per block. */
    static final int BLOCK = 128;

    private static final int MAGNITUDE = 0x7FFFFFFF;
    private static final int INFINITE = 0x7F800000;

    private final int size;
    private final int[] maxima;
    private final int[] sorted;
    private int greatest;
    private int magnitude;

    /** @param size logits of a scan */
    LogitsScan(int size) {
        this.size = size;
        maxima = new int[Math.ceilDiv(size, BLOCK)];
        sorted = new int[maxima.length];
    }

    /** A number that is ordered as the logit is; -0 and 0 have the same. */
    static int key(float logit) {
        return ordered(Float.floatToIntBits(logit + 0f));
    }

    private static int ordered(int bits) {
        return bits ^ ((bits >> 31) & MAGNITUDE);
    }

    /** Looks at all logits; what the other methods say holds for these. */
    void read(float[] logits) {
        if (logits.length != size) {
            throw new IllegalArgumentException(
                    "logits has " + logits.length + " values, the vocabulary " + size + " tokens");
        }
        MemorySegment bits = MemorySegment.ofArray(logits);
        greatest = Integer.MIN_VALUE;
        magnitude = 0;
        for (int block = 0; block < maxima.length; block++) {
            long from = (long) block * BLOCK;
            int count = (int) Math.min(BLOCK, size - from);
            int maximum = greatestOf(bits, from * Float.BYTES, count);
            maxima[block] = maximum == ordered(Float.floatToRawIntBits(-0f)) ? 0 : maximum;
            greatest = Math.max(greatest, maxima[block]);
            magnitude = Math.max(magnitude, magnitudeOf(bits, from * Float.BYTES, count));
        }
    }

    private static int greatestOf(MemorySegment bits, long offset, int count) {
        int greatest = Integer.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            int value = bits.get(ValueLayout.JAVA_INT, offset + (long) Float.BYTES * i);
            greatest = Math.max(greatest, value ^ ((value >> 31) & MAGNITUDE));
        }
        return greatest;
    }

    private static int magnitudeOf(MemorySegment bits, long offset, int count) {
        int greatest = 0;
        for (int i = 0; i < count; i++) {
            int value = bits.get(ValueLayout.JAVA_INT, offset + (long) Float.BYTES * i);
            greatest = Math.max(greatest, value & MAGNITUDE);
        }
        return greatest;
    }

    boolean isFinite() {
        return magnitude < INFINITE;
    }

    /** The lowest id among the greatest of the logits that were read. */
    int greatest(float[] logits) {
        int block = 0;
        while (maxima[block] != greatest) {
            block++;
        }
        int token = block * BLOCK;
        while (key(logits[token]) != greatest) {
            token++;
        }
        return token;
    }

    int blocks() {
        return maxima.length;
    }

    /** The key of the block's greatest logit. */
    int greatestKey(int block) {
        return maxima[block];
    }

    /** A key that at least {@code count} logits reach, near that of the last of them; the least int if unknown. */
    int keyReachedBy(int count) {
        if (count > maxima.length) {
            return Integer.MIN_VALUE;
        }
        System.arraycopy(maxima, 0, sorted, 0, maxima.length);
        Arrays.sort(sorted);
        return sorted[maxima.length - count];
    }
}
