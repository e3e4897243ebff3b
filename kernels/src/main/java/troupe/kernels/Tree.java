package troupe.kernels;

/** The one order in which the 16 virtual lanes of a sum are added. */
final class Tree {
    /** Virtual lanes of a sum: element k goes to lane k mod 16. */
    static final int LANES = 16;

    private Tree() {}

    /** Adds lanes i and i+8, then i and i+4, i and i+2, i and i+1. Overwrites the lanes. */
    static float sum(float[] lanes) {
        for (int width = LANES / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                lanes[i] = lanes[i] + lanes[i + width];
            }
        }
        return lanes[0];
    }
}
