package troupe.bench.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.SplittableRandom;
import troupe.kernels.NativeMemory;

/** Memory with harmless content. */
final class Operands {
    private static final long SEED = 5;
    private static final int PATTERN_BYTES = (1 << 20) - 1; // odd, so that rows differ

    private Operands() {}

    /** f32 from -0.5 to 0.5. */
    static MemorySegment floats(Arena arena, long elements) {
        SplittableRandom random = new SplittableRandom(SEED);
        MemorySegment segment = NativeMemory.allocate(arena, elements * Float.BYTES);
        for (long i = 0; i < elements; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble() - 0.5f);
        }
        return segment;
    }

    /** Bytes that are normal numbers whichever float type they are read as (others are slow), and small as scales. */
    static MemorySegment weights(Arena arena, long bytes) {
        byte[] pattern = new byte[PATTERN_BYTES];
        new Random(SEED).nextBytes(pattern);
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (byte) ((pattern[i] & 0x0a) | 0x21);
        }
        MemorySegment segment = NativeMemory.allocate(arena, bytes);
        for (long at = 0; at < bytes; at += pattern.length) {
            int length = (int) Math.min(pattern.length, bytes - at);
            MemorySegment.copy(pattern, 0, segment, ValueLayout.JAVA_BYTE, at, length);
        }
        return segment;
    }

    static MemorySegment zeros(Arena arena, long bytes) {
        return NativeMemory.allocate(arena, bytes);
    }
}
