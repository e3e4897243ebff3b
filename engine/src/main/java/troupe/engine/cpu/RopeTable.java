package troupe.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Cosines and sines of rotary position embedding (Su et al. 2021), f32 [positions][headDim / 2][cos, sin]. Computed by
 * {@link StrictMath} in double precision and rounded once, so that every platform has the same bits.
 */
final class RopeTable {
    private RopeTable() {}

    static long bytes(int positions, int headDim) {
        return (long) positions * headDim * Float.BYTES;
    }

    static void fill(MemorySegment table, int fromPosition, int toPosition, int headDim, double base) {
        int pairs = headDim / 2;
        double[] frequency = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            frequency[i] = StrictMath.pow(base, -2.0 * i / headDim);
        }
        for (int position = fromPosition; position < toPosition; position++) {
            long row = (long) position * headDim;
            for (int i = 0; i < pairs; i++) {
                double angle = position * frequency[i];
                table.setAtIndex(ValueLayout.JAVA_FLOAT, row + 2L * i, (float) StrictMath.cos(angle));
                table.setAtIndex(ValueLayout.JAVA_FLOAT, row + 2L * i + 1, (float) StrictMath.sin(angle));
            }
        }
    }
}
