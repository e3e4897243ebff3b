package troupe.kernels;

/** The scale of a block of 32 activations, from the largest magnitude in it. */
final class Quantization {
    /** Blocks whose largest magnitude is below this are all zero: 127 / it would approach overflow. */
    static final float LEAST = 0x1p-120f;

    private Quantization() {}

    static float scale(float largest) {
        return largest < LEAST ? 0f : largest / 127f;
    }

    static float inverse(float largest) {
        return largest < LEAST ? 0f : 127f / largest;
    }
}
