package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/** Makes and compares the memory of the tests, all of it from one seed. */
final class Buffers {
    private final Random random;

    Buffers(long seed) {
        random = new Random(seed);
    }

    Random random() {
        return random;
    }

    static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(Math.max(bytes, 1), PackedMatrix.ALIGNMENT);
    }

    static MemorySegment copy(MemorySegment segment) {
        MemorySegment copy = allocate(segment.byteSize());
        copy.copyFrom(segment);
        return copy;
    }

    /** Normally distributed floats. */
    MemorySegment floats(long count) {
        MemorySegment floats = allocate(count * Float.BYTES);
        for (long i = 0; i < count; i++) {
            floats.set(Memory.F32, 4 * i, (float) random.nextGaussian());
        }
        return floats;
    }

    /** Runs of 32 floats of unlike magnitudes: zeros, denormals, equal values, large ones. */
    MemorySegment extremeFloats(long count) {
        MemorySegment floats = allocate(count * Float.BYTES);
        float factor = 1f;
        int kind = 0;
        for (long i = 0; i < count; i++) {
            if (i % 32 == 0) {
                kind = random.nextInt(7);
                factor = Math.scalb(1f, random.nextInt(60) - 30);
            }
            float gaussian = (float) random.nextGaussian();
            float value = switch (kind) {
                case 0 -> random.nextBoolean() ? 0f : -0f;
                case 1 -> gaussian * 1e-41f;
                case 2 -> gaussian * 1e-37f;
                case 3 -> random.nextBoolean() ? factor : -factor;
                case 4 -> factor;
                default -> gaussian * factor;
            };
            floats.set(Memory.F32, 4 * i, value);
        }
        return floats;
    }

    /** A matrix in the source layout with blocks of every kind: zero, extreme integers, denormal and large scales. */
    MemorySegment weights(WeightType type, int rows, int columns) {
        long bytes = type.rowBytes(columns) * rows;
        MemorySegment weights = allocate(bytes);
        for (long at = 0; at < bytes; at += type.blockBytes()) {
            switch (type) {
                case F32 -> weights.set(Memory.F32, at, (float) random.nextGaussian());
                case F16 -> weights.set(Memory.I16, at, half());
                case BF16 ->
                    weights.set(Memory.I16, at, (short) (Float.floatToRawIntBits((float) random.nextGaussian()) >> 16));
                case Q4_0, Q4_1, Q8_0, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K ->
                    quantizedBlock(type, weights.asSlice(at, type.blockBytes()));
            }
        }
        return weights;
    }

    private short half() {
        return switch (random.nextInt(20)) {
            case 0 -> 0;
            case 1 -> (short) random.nextInt(1024); // denormal
            case 2 -> (short) 0x7bff; // the greatest
            case 3 -> (short) 0xfbff; // the least
            default -> Float.floatToFloat16((float) random.nextGaussian() * 0.01f);
        };
    }

    private void quantizedBlock(WeightType type, MemorySegment block) {
        byte[] bytes = new byte[type.blockBytes()];
        switch (random.nextInt(6)) {
            case 0 -> Arrays.fill(bytes, (byte) 0x00);
            case 1 -> Arrays.fill(bytes, (byte) 0xff);
            case 2 -> Arrays.fill(bytes, (byte) 0x80);
            case 3 -> Arrays.fill(bytes, (byte) 0x7f);
            default -> random.nextBytes(bytes);
        }
        MemorySegment.copy(bytes, 0, block, Memory.I8, 0, bytes.length);
        switch (type) {
            case Q4_0, Q5_0, Q8_0 -> block.set(Memory.I16, 0, half());
            case Q4_1, Q5_1, Q4_K, Q5_K -> {
                block.set(Memory.I16, 0, half());
                block.set(Memory.I16, 2, half());
            }
            case Q6_K -> block.set(Memory.I16, 208, half());
            case F32, F16, BF16 -> throw new IllegalArgumentException("not a quantized type: " + type);
        }
    }

    static PackedMatrix packed(Kernels kernels, WeightType type, int rows, int columns, MemorySegment source) {
        PackedMatrix matrix = new PackedMatrix(type, rows, columns, allocate(PackedMatrix.bytes(type, rows, columns)));
        kernels.pack(type, source, rows, columns, matrix.data(), 0, matrix.groups());
        return matrix;
    }

    static void assertSameBits(MemorySegment expected, MemorySegment actual, String what) {
        long at = expected.mismatch(actual);
        if (at >= 0) {
            long element = at / 4 * 4;
            assertEquals(
                    expected.get(Memory.F32, element),
                    actual.get(Memory.F32, element),
                    what + ": bytes differ from offset " + at);
            assertEquals(-1, at, what + ": bytes differ");
        }
    }
}
