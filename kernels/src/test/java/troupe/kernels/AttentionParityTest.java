package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.kernels.Implementations.ORACLE;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionParityTest {
    private static final int ROWS = 40;
    private static final int[] FIRST_POSITIONS = {0, 1, 14, 15, 16, 217, 240, 255, 256, 257, 500};

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsAroundBlockAndSplitBorders(Kernels kernels) {
        for (int firstPosition : FIRST_POSITIONS) {
            compare(kernels, new KvLayout(1, 1, 64, KvType.F16), 3, firstPosition);
            compare(kernels, new KvLayout(1, 1, 64, KvType.Q8), 3, firstPosition);
        }
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForEveryHeadDimensionAndSharing(Kernels kernels) {
        compare(kernels, new KvLayout(2, 2, 16, KvType.F32), 2, 250);
        compare(kernels, new KvLayout(1, 3, 8, KvType.F16), 6, 250);
        compare(kernels, new KvLayout(3, 1, 20, KvType.F32), 5, 100);
        compare(kernels, new KvLayout(1, 1, 80, KvType.F16), 9, 10);
        compare(kernels, new KvLayout(1, 1, 127, KvType.F16), 1, 250);
        compare(kernels, new KvLayout(1, 1, 256, KvType.F32), 4, 3);
        compare(kernels, new KvLayout(2, 2, 20, KvType.Q8), 2, 250);
        compare(kernels, new KvLayout(1, 1, 80, KvType.Q8), 4, 10);
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForAnyNumberOfHeadsThatShare(Kernels kernels) {
        for (int heads = 1; heads <= 10; heads++) {
            compare(kernels, new KvLayout(1, 1, 32, KvType.F16), heads, 270);
            compare(kernels, new KvLayout(1, 1, 32, KvType.Q8), heads, 270);
        }
        compare(kernels, new KvLayout(1, 1, 16, KvType.F32), 197, 250);
    }

    private static void compare(Kernels kernels, KvLayout layout, int heads, int firstPosition) {
        Buffers buffers = new Buffers(firstPosition);
        AttentionCase sequence = AttentionCase.random(buffers, layout, heads, firstPosition + ROWS);
        int layer = layout.layers() - 1;
        MemorySegment cache = sequence.cache(ORACLE, layer);
        Buffers.assertSameBits(cache, sequence.cache(kernels, layer), kernels.name() + " cache");

        int firstRow = 2;
        long elements = (long) (firstRow + ROWS) * heads * layout.headDim();
        MemorySegment queries = buffers.floats(elements);
        MemorySegment before = buffers.floats(elements);
        MemorySegment expected = Buffers.copy(before);
        sequence.attend(ORACLE, layer, cache, queries, firstRow, ROWS, firstPosition, expected);
        for (long i = 0; i < elements; i++) {
            assertTrue(Float.isFinite(expected.get(Memory.F32, 4 * i)), "garbage reached the result");
        }
        String what = kernels.name() + " " + layout + " " + heads + " heads from position " + firstPosition;

        MemorySegment together = Buffers.copy(before);
        sequence.attend(kernels, layer, cache, queries, firstRow, ROWS, firstPosition, together);
        Buffers.assertSameBits(expected, together, what + ", rows together");

        MemorySegment inSplits = Buffers.copy(before);
        for (int row = 0; row < ROWS; row++) {
            sequence.attendInSplits(kernels, layer, cache, queries, firstRow + row, firstPosition + row, inSplits);
        }
        Buffers.assertSameBits(expected, inSplits, what + ", splits merged");

        MemorySegment oneByOne = Buffers.copy(before);
        for (int row = 0; row < ROWS; row++) {
            sequence.attend(kernels, layer, cache, queries, firstRow + row, 1, firstPosition + row, oneByOne);
        }
        Buffers.assertSameBits(expected, oneByOne, what + ", rows one by one");

        MemorySegment uneven = Buffers.copy(before);
        sequence.attend(kernels, layer, cache, queries, firstRow, 7, firstPosition, uneven);
        sequence.attend(kernels, layer, cache, queries, firstRow + 7, 2, firstPosition + 7, uneven);
        sequence.attend(kernels, layer, cache, queries, firstRow + 9, ROWS - 9, firstPosition + 9, uneven);
        Buffers.assertSameBits(expected, uneven, what + ", rows in chunks");
    }
}
