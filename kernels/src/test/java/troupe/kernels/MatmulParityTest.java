package troupe.kernels;

import static troupe.kernels.Implementations.ORACLE;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MatmulParityTest {
    private static final int[] ROWS = {1, 13, 16, 17, 207};
    private static final int[] QUANTIZED_COLUMNS = {32, 64, 576};
    private static final int[] SUPER_BLOCK_COLUMNS = {256, 768};
    private static final int[] FLOAT_COLUMNS = {1, 31, 65};
    private static final int[] TOKENS = {1, 2, 3, 5, 7, 8, 9, 12, 13, 15, 16, 17, 25, 31, 32, 33, 48, 63, 64, 100};
    private static final int MOST_TOKENS = 100;

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsAtOddSizes(Kernels kernels) {
        Buffers buffers = new Buffers(1);
        for (WeightType type : WeightType.values()) {
            for (int columns : columns(type)) {
                for (int rows : ROWS) {
                    compare(kernels, buffers, type, rows, columns, TOKENS);
                }
            }
        }
    }

    private static int[] columns(WeightType type) {
        return switch (type.blockElements()) {
            case 256 -> SUPER_BLOCK_COLUMNS;
            case 32 -> QUANTIZED_COLUMNS;
            default -> FLOAT_COLUMNS;
        };
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForLongRowsAndManyRows(Kernels kernels) {
        Buffers buffers = new Buffers(2);
        for (WeightType type : WeightType.values()) {
            compare(kernels, buffers, type, 35, 1536, 9);
            compare(kernels, buffers, type, 4098, Math.max(32, type.blockElements()), 2);
        }
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForMoreTokensThanFitTheCache(Kernels kernels) {
        Buffers buffers = new Buffers(3);
        compare(kernels, buffers, WeightType.Q4_1, 16, 8192, 70);
        compare(kernels, buffers, WeightType.F16, 16, 2049, 70);
        for (WeightType type : WeightType.values()) {
            if (type.quantized()) {
                int columns = type.blockElements() == 256 ? 1280 : 1088;
                compare(kernels, buffers, type, 19, columns, 257);
                compare(kernels, buffers, type, 19, Math.max(64, type.blockElements()), 300);
            }
        }
    }

    /** What is left of the tokens where a chunk that stays in the cache ends: tiles of several groups and few tokens. */
    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForTheLastTokensOfManyInSeveralGroups(Kernels kernels) {
        Buffers buffers = new Buffers(4);
        for (WeightType type : WeightType.values()) {
            compare(kernels, buffers, type, 80, 8192, 33, 34, 35, 36, 41, 42, 43, 44);
        }
    }

    /**
     * Wider than any buffer of a row's scales that an implementation has on its stack, and more groups than pass by the
     * same columns of activations that do not stay in a cache.
     */
    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGiveTheOraclesBitsForVeryLongRows(Kernels kernels) {
        Buffers buffers = new Buffers(5);
        for (WeightType type : new WeightType[] {WeightType.Q4_1, WeightType.Q4_K, WeightType.Q6_K}) {
            compare(kernels, buffers, type, 17, 33_024, 9);
            compare(kernels, buffers, type, 162, 33_024, 65);
        }
    }

    private static void compare(
            Kernels kernels, Buffers buffers, WeightType type, int rows, int columns, int... tokenCounts) {
        MemorySegment source = buffers.weights(type, rows, columns);
        PackedMatrix expectedMatrix = Buffers.packed(ORACLE, type, rows, columns, source);
        PackedMatrix matrix = Buffers.packed(kernels, type, rows, columns, source);
        Buffers.assertSameBits(expectedMatrix.data(), matrix.data(), "packed " + type);

        int most = tokenCounts.length == 1 ? tokenCounts[0] : MOST_TOKENS;
        int stride = rows + 3;
        MemorySegment x =
                type.quantized() ? buffers.extremeFloats((long) most * columns) : buffers.floats((long) most * columns);
        MemorySegment before = buffers.floats((long) most * stride);
        for (boolean accumulate : new boolean[] {false, true}) {
            MemorySegment expected = Buffers.copy(before);
            ORACLE.matmul(
                    expectedMatrix,
                    activations(ORACLE, type, x, columns, most),
                    most,
                    expected,
                    stride,
                    accumulate,
                    0,
                    matrix.groups());
            for (int tokens : tokenCounts) {
                long bytes = (long) tokens * stride * Float.BYTES;
                MemorySegment actual = Buffers.copy(before.asSlice(0, bytes));
                MemorySegment activations = activations(kernels, type, x, columns, tokens);
                int middle = matrix.groups() / 2;
                kernels.matmul(matrix, activations, tokens, actual, stride, accumulate, middle, matrix.groups());
                kernels.matmul(matrix, activations, tokens, actual, stride, accumulate, 0, middle);
                Buffers.assertSameBits(
                        expected.asSlice(0, bytes),
                        actual,
                        kernels.name() + " " + type + " " + rows + " x " + columns + ", " + tokens + " tokens");
            }
        }
    }

    private static MemorySegment activations(
            Kernels kernels, WeightType type, MemorySegment x, int columns, int tokens) {
        if (!type.quantized()) {
            return x;
        }
        MemorySegment activations = Buffers.allocate(ActivationLayout.bytes(tokens, columns));
        kernels.quantize(x, columns, activations, tokens, 0, tokens);
        return activations;
    }
}
