package troupe.kernels;

import static troupe.kernels.Memory.F32;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Where a matrix product goes: f32 [tokens][stride], of which the rows of the matrix are written or added to. */
record VectorOutput(MemorySegment out, int stride, int rows, boolean accumulate) {
    /** Stores a vector of values as the rows from {@code row} on of one token; rows beyond the last are dropped. */
    void store(int token, int row, float[] dots, int from) {
        long at = ((long) token * stride + row) * Float.BYTES;
        if (row + Lanes.COUNT <= rows) {
            FloatVector vector = FloatVector.fromArray(Lanes.FLOATS, dots, from);
            FloatVector stored = accumulate ? Lanes.load(out, at).add(vector) : vector;
            stored.intoMemorySegment(out, at, Lanes.ORDER);
            return;
        }
        for (int lane = 0; row + lane < rows; lane++) {
            float dot = dots[from + lane];
            out.set(F32, at + 4L * lane, accumulate ? out.get(F32, at + 4L * lane) + dot : dot);
        }
    }
}
