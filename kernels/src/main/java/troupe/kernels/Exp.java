package troupe.kernels;

/**
 * The one exponential of the project: softmax, SwiGLU and the sampler all use it, so that its bits are the same
 * everywhere. Below 1 unit in the last place of error for arguments from {@link #MINIMUM} to {@link #MAXIMUM}; 0 below
 * (never a denormal number), infinity above; NaN for NaN.
 */
public final class Exp {
    /** The least argument whose exponential is not flushed to 0: just above the logarithm of the least normal float. */
    public static final float MINIMUM = -0x1.5d589ep6f;

    /** The greatest argument whose exponential is finite: 127.5 ln 2, rounded down. */
    public static final float MAXIMUM = 0x1.61814ap6f;

    static final float LOG2_E = 0x1.715476p0f;
    static final float LN2_HIGH = 0x1.62e43p-1f;
    static final float LN2_LOW = -0x1.05c61p-29f;

    // Minimax on |r| <= ln(2) / 2 for the relative error of 1 + r + r*r*(C2 + r*C3 + ...), which is below 2^-28.
    static final float C2 = 0x1.fffffcp-2f;
    static final float C3 = 0x1.555492p-3f;
    static final float C4 = 0x1.5558f2p-5f;
    static final float C5 = 0x1.123a2p-7f;
    static final float C6 = 0x1.6a23cap-10f;

    private Exp() {}

    /** e to the power of x. */
    public static float exp(float x) {
        if (x < MINIMUM) {
            return 0f;
        }
        if (x > MAXIMUM) {
            return Float.POSITIVE_INFINITY;
        }
        float n = (float) Math.rint(x * LOG2_E);
        float r = Math.fma(-n, LN2_HIGH, x);
        r = Math.fma(-n, LN2_LOW, r);
        float p = Math.fma(C6, r, C5);
        p = Math.fma(p, r, C4);
        p = Math.fma(p, r, C3);
        p = Math.fma(p, r, C2);
        p = Math.fma(p, r, 1f);
        p = Math.fma(p, r, 1f);
        return p * Float.intBitsToFloat(((int) n + 127) << 23);
    }
}
