package troupe.kernels;

import static troupe.kernels.Implementations.ORACLE;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ElementwiseParityTest {
    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldNormalizeWithTheOraclesBits(Kernels kernels) {
        Buffers buffers = new Buffers(1);
        for (int columns : new int[] {1, 7, 15, 16, 17, 31, 33, 207, 576}) {
            int tokens = 5;
            MemorySegment x = buffers.floats((long) tokens * columns);
            MemorySegment weight = buffers.floats(columns);
            MemorySegment expected = Buffers.allocate(x.byteSize());
            MemorySegment actual = Buffers.copy(x);
            ORACLE.rmsNorm(x, weight, 1e-5f, columns, expected, 0, tokens);
            kernels.rmsNorm(actual, weight, 1e-5f, columns, actual, 3, tokens);
            kernels.rmsNorm(actual, weight, 1e-5f, columns, actual, 0, 3);
            Buffers.assertSameBits(expected, actual, kernels.name() + " columns " + columns);
        }
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldQuantizeToTheOraclesBytes(Kernels kernels) {
        Buffers buffers = new Buffers(2);
        for (int columns : new int[] {32, 64, 96, 576}) {
            for (int tokens : new int[] {33, ActivationLayout.MANY_TOKENS - 1, ActivationLayout.MANY_TOKENS, 100}) {
                MemorySegment x = buffers.extremeFloats((long) tokens * columns);
                MemorySegment expected = Buffers.allocate(ActivationLayout.bytes(tokens, columns));
                MemorySegment actual = Buffers.allocate(ActivationLayout.bytes(tokens, columns));
                ORACLE.quantize(x, columns, expected, tokens, 0, tokens);
                kernels.quantize(x, columns, actual, tokens, 20, tokens);
                kernels.quantize(x, columns, actual, tokens, 0, 20);
                Buffers.assertSameBits(expected, actual, kernels.name() + " " + tokens + " x " + columns);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldRoundHalvesToEvenWhenQuantizing(Kernels kernels) {
        MemorySegment x = Buffers.allocate(64 * Float.BYTES);
        for (int i = 0; i < 64; i++) {
            x.set(Memory.F32, 4L * i, i % 32 == 0 ? 127f : (i % 2 == 0 ? 1 : -1) * (i + 0.5f));
        }
        MemorySegment expected = Buffers.allocate(ActivationLayout.bytes(2, 32));
        MemorySegment actual = Buffers.allocate(ActivationLayout.bytes(2, 32));
        ORACLE.quantize(x, 32, expected, 2, 0, 2);
        kernels.quantize(x, 32, actual, 2, 0, 2);
        Buffers.assertSameBits(expected, actual, kernels.name());
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldRotateWithTheOraclesBits(Kernels kernels) {
        Buffers buffers = new Buffers(3);
        for (int headDim : new int[] {2, 6, 16, 18, 64, 80}) {
            int tokens = 4;
            int heads = 3;
            MemorySegment table = buffers.floats(50L * headDim);
            MemorySegment positions = Buffers.allocate(4L * tokens);
            for (int i = 0; i < tokens; i++) {
                positions.set(Memory.I32, 4L * i, buffers.random().nextInt(50));
            }
            MemorySegment expected = buffers.floats((long) tokens * heads * headDim);
            MemorySegment actual = Buffers.copy(expected);
            ORACLE.rope(expected, heads, headDim, positions, table, 0, tokens);
            kernels.rope(actual, heads, headDim, positions, table, 0, 1);
            kernels.rope(actual, heads, headDim, positions, table, 1, tokens);
            Buffers.assertSameBits(expected, actual, kernels.name() + " headDim " + headDim);
        }
    }

    @ParameterizedTest
    @MethodSource("troupe.kernels.Implementations#twins")
    void shouldGateWithTheOraclesBitsOverTheWholeRangeOfTheExponential(Kernels kernels) {
        Buffers buffers = new Buffers(4);
        int count = 40_001;
        MemorySegment gate = Buffers.allocate(4L * count);
        for (int i = 0; i < count; i++) {
            gate.set(
                    Memory.F32,
                    4L * i,
                    (i - count / 2) * 0.005f + (float) buffers.random().nextGaussian() * 1e-3f);
        }
        MemorySegment up = buffers.floats(count);
        MemorySegment expected = Buffers.allocate(4L * count);
        MemorySegment actual = Buffers.allocate(4L * count);
        ORACLE.swiglu(gate, up, expected, 0, count);
        kernels.swiglu(gate, up, actual, 0, 7);
        kernels.swiglu(gate, up, actual, 7, count);
        Buffers.assertSameBits(expected, actual, kernels.name());
    }
}
