package troupe.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The platform's preferred vectors. A vector is a part of the 16 rows or virtual lanes: {@link #COUNT} divides 16, so
 * the bits do not depend on it.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED.length() <= Tree.LANES
            ? FloatVector.SPECIES_PREFERRED
            : FloatVector.SPECIES_512;
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /** As many 16-bit elements as fill a vector: two for each row. */
    static final VectorSpecies<Short> SHORTS = FLOATS.withLanes(short.class);

    /** As many 16-bit elements as a vector has floats. */
    static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    /** Floats in a vector: 4, 8 or 16. */
    static final int COUNT = FLOATS.length();

    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Adding and subtracting it rounds a float below 2^22 to the nearest even integer. */
    static final float ROUNDING = 0x1.8p23f;

    private Lanes() {}

    static FloatVector load(MemorySegment from, long offset) {
        return FloatVector.fromMemorySegment(FLOATS, from, offset, ORDER);
    }

    /** Converts f16 to f32 in a loop that the compiler turns into the processor's own vector conversion. */
    static void toFloats(short[] halves, int count, float[] into, int at) {
        for (int i = 0; i < count; i++) {
            into[at + i] = Float.float16ToFloat(halves[i]);
        }
    }

    static FloatVector toFloat(IntVector integers) {
        return (FloatVector) integers.convert(VectorOperators.I2F, 0);
    }

    /** {@link Exp#exp} of each lane. */
    static FloatVector exp(FloatVector x) {
        FloatVector n = x.mul(Exp.LOG2_E).add(ROUNDING).sub(ROUNDING);
        FloatVector minusN = n.neg();
        FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, Exp.LN2_HIGH), x);
        r = minusN.fma(FloatVector.broadcast(FLOATS, Exp.LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(FLOATS, Exp.C6), FloatVector.broadcast(FLOATS, Exp.C5));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.C4));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.C3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exp.C2));
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        p = p.fma(r, one).fma(r, one);
        IntVector exponent = (IntVector) n.convert(VectorOperators.F2I, 0);
        p = p.mul(exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
        VectorMask<Float> low = x.lt(Exp.MINIMUM);
        VectorMask<Float> high = x.compare(VectorOperators.GT, Exp.MAXIMUM);
        return p.blend(0f, low).blend(Float.POSITIVE_INFINITY, high);
    }
}
