package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class HalfVectorsTest {
    @Test
    void shouldConvertEveryFiniteHalfExactly() {
        int values = 1 << 16;
        MemorySegment halves = Buffers.allocate(2L * values);
        for (int bits = 0; bits < values; bits++) {
            halves.set(Memory.I16, 2L * bits, (short) bits);
        }
        float[] converted = new float[values];
        long vector = 2L * Lanes.COUNT;
        for (int at = 0; at < values; at += 4 * Lanes.COUNT) {
            long from = 2L * at;
            HalfVectors.four(halves, from, from + vector, from + 2 * vector, from + 3 * vector, converted, at);
        }
        for (int bits = 0; bits < values; bits++) {
            float expected = Float.float16ToFloat((short) bits);
            if (Float.isFinite(expected)) {
                assertEquals(
                        Float.floatToRawIntBits(expected), Float.floatToRawIntBits(converted[bits]), "half " + bits);
            }
        }
    }
}
