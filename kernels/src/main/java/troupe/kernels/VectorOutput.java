package troupe.kernels;

import static troupe.kernels.Memory.F32;

import java.lang.foreign.MemorySegment;

/** Where a matrix product goes: f32 [tokens][stride], of which the rows of the matrix are written or added to. */
record VectorOutput(MemorySegment out, int stride, int rows, boolean accumulate) {
    /** Stores {@code lanes} values as the rows from {@code row} on of one token; rows beyond the last are dropped. */
    void store(int token, int row, int lanes, float[] dots, int from) {
        long at = ((long) token * stride + row) * Float.BYTES;
        int count = Math.min(lanes, rows - row);
        for (int lane = 0; lane < count; lane++) {
            float dot = dots[from + lane];
            out.set(F32, at + 4L * lane, accumulate ? out.get(F32, at + 4L * lane) + dot : dot);
        }
    }
}
