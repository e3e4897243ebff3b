package troupe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Converts f16 scales to f32, for which the Vector API has no operation. The exponent's bias is raised by an addition.
 * That takes a denormal number for (1 + f) * 2^-15 where f * 2^-14 is meant, which is 2 * it - 2^-14; of a normal number
 * this difference is not the lesser one, so the lesser one is right for both. (Multiplying the shifted bits by 2^112
 * would do as well, but processors take a hundred times longer where these are a denormal f32.) What is infinite or not a
 * number becomes 2^16 or more.
 */
final class HalfVectors {
    private static final int MAGNITUDE = 0x7fff << 13;
    private static final int BIAS = (127 - 15) << 23;
    private static final float LEAST_NORMAL = 0x1p-14f;

    private HalfVectors() {}

    /** Two vectors of {@link Lanes#COUNT} values, to into[at] and into[at + COUNT]. */
    static void two(MemorySegment from, long first, long second, float[] into, int at) {
        convert(from, first).intoArray(into, at);
        convert(from, second).intoArray(into, at + Lanes.COUNT);
    }

    /** Four vectors, one after the other from into[at] on. By twos, since the compiler would not inline four. */
    static void four(MemorySegment from, long first, long second, long third, long fourth, float[] into, int at) {
        two(from, first, second, into, at);
        two(from, third, fourth, into, at + 2 * Lanes.COUNT);
    }

    private static FloatVector convert(MemorySegment from, long offset) {
        ShortVector halves = ShortVector.fromMemorySegment(Lanes.HALVES, from, offset, Lanes.ORDER);
        IntVector wide = (IntVector) halves.convertShape(VectorOperators.S2I, Lanes.INTS, 0);
        IntVector biased =
                wide.lanewise(VectorOperators.LSHL, 13).and(MAGNITUDE).add(BIAS);
        FloatVector value = biased.reinterpretAsFloats();
        IntVector denormal = value.add(value).sub(LEAST_NORMAL).reinterpretAsInts();
        return biased.min(denormal).or(wide.and(Integer.MIN_VALUE)).reinterpretAsFloats();
    }
}
