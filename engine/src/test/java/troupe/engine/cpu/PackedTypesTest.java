package troupe.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import troupe.engine.gguf.Dequantizer;
import troupe.engine.gguf.GgufTensor;
import troupe.engine.gguf.TensorType;
import troupe.kernels.ActivationLayout;
import troupe.kernels.KernelProvider;
import troupe.kernels.Kernels;
import troupe.kernels.PackedMatrix;
import troupe.kernels.WeightType;

/** Every tensor type through the kernels, against the dequantized values. */
class PackedTypesTest {
    private static final int ROWS = 17;
    private static final int COLUMNS = 512;
    /** Times a weight below 100, this is far more than rounding and far less than a step of the weights' integers. */
    private static final float TOLERANCE = 0.02f;
    /** A column of this and zeros is quantized without a loss. */
    private static final float ONE_HOT = 127f;

    private final Random random = new Random(1);
    private final Kernels kernels = KernelProvider.choose("scalar").kernels();

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void shouldMultiplyByTheWeightsThatTheDequantizerGives(TensorType type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(type.rowBytes(COLUMNS) * ROWS, 64);
            for (long at = 0; at < source.byteSize(); at += type.blockBytes()) {
                fillBlock(type, source.asSlice(at, type.blockBytes()));
            }
            WeightType packedType = PackedModel.packedType(type);
            MemorySegment packed = arena.allocate(PackedMatrix.bytes(packedType, ROWS, COLUMNS), 64);
            PackedMatrix matrix = new PackedMatrix(packedType, ROWS, COLUMNS, packed);
            kernels.pack(packedType, source, ROWS, COLUMNS, packed, 0, matrix.groups());

            float[][] products = productsWithOneHotColumns(arena, matrix);
            GgufTensor tensor = new GgufTensor("t", type, List.of(COLUMNS, ROWS), source);
            float[] row = new float[COLUMNS];
            for (int r = 0; r < ROWS; r++) {
                Dequantizer.row(tensor, r, row);
                for (int k = 0; k < COLUMNS; k++) {
                    assertEquals(row[k] * ONE_HOT, products[k][r], TOLERANCE, "row " + r + " column " + k);
                }
            }
        }
    }

    /** Random bytes, until all elements are finite and none is large. */
    private void fillBlock(TensorType type, MemorySegment block) {
        GgufTensor tensor = new GgufTensor("block", type, List.of(type.blockSize()), block);
        byte[] bytes = new byte[type.blockBytes()];
        float[] elements = new float[type.blockSize()];
        boolean small = false;
        while (!small) {
            random.nextBytes(bytes);
            MemorySegment.copy(bytes, 0, block, ValueLayout.JAVA_BYTE, 0, bytes.length);
            Dequantizer.row(tensor, 0, elements);
            small = true;
            for (float element : elements) {
                small &= Math.abs(element) < 100; // false for NaN
            }
        }
    }

    /** [column][row]. */
    private float[][] productsWithOneHotColumns(Arena arena, PackedMatrix matrix) {
        MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, COLUMNS);
        MemorySegment quantized = arena.allocate(ActivationLayout.bytes(1, COLUMNS), 64);
        MemorySegment out = arena.allocate(ValueLayout.JAVA_FLOAT, ROWS);
        float[][] products = new float[COLUMNS][];
        for (int k = 0; k < COLUMNS; k++) {
            x.fill((byte) 0).setAtIndex(ValueLayout.JAVA_FLOAT, k, ONE_HOT);
            kernels.quantize(x, COLUMNS, quantized, 1, 0, 1);
            MemorySegment activations = matrix.type().quantized() ? quantized : x;
            kernels.matmul(matrix, activations, 1, out, ROWS, false, 0, matrix.groups());
            products[k] = out.toArray(ValueLayout.JAVA_FLOAT);
        }
        return products;
    }
}
