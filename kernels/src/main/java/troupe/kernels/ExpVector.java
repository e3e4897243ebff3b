package troupe.kernels;

/**
 * {@link Exp#exp} of many numbers at once, to the same bits, as plain loops without branches, which the compiler turns
 * into vector instructions.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
public final class ExpVector {
    /** Numbers of one call at most: few enough for the scratch memory to stay in the first-level cache. */
    public static final int CHUNK = 1_024;

    /** Adding and subtracting this rounds a float of magnitude below 2^22 to an integer, ties to even. */
    private static final float ROUNDER = 0x1.8p23f;

    private static final int LEAST_POWER = -126;

    /** 0 for what is flushed, then the powers of two from {@link #LEAST_POWER} to 0. */
    private static final float[] POWERS = powers();

    private final float[] clamped = new float[CHUNK];
    private final float[] power = new float[CHUNK];
    private final float[] fraction = new float[CHUNK];
    private final int[] index = new int[CHUNK];

    private static float[] powers() {
        float[] powers = new float[2 - LEAST_POWER];
        for (int n = LEAST_POWER; n <= 0; n++) {
            powers[n - LEAST_POWER + 1] = Math.scalb(1f, n);
        }
        return powers;
    }

    /**
     * Replaces the first {@code count} values by their exponentials.
     *
     * @param values each at most 0, negative infinity among them; no NaN
     * @param count at most {@link #CHUNK}
     */
    public void expOfNonPositive(float[] values, int count) {
        Check.index("count", count, CHUNK + 1L);
        reduce(values, count);
        polynomial(count);
        for (int i = 0; i < count; i++) {
            values[i] = fraction[i] * POWERS[index[i]];
        }
    }

    /** x = power * ln 2 + the rest; {@code index} points to 2^power, or to 0 for what Exp flushes. */
    private void reduce(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            float x = values[i];
            float atLeast = Math.max(x, Exp.MINIMUM);
            float n = (atLeast * Exp.LOG2_E + ROUNDER) - ROUNDER;
            // The difference is exact near the limit, and a float's spacing there is far above 2^-24.
            float flushed = Math.max(-1f, Math.min(0f, (x - Exp.MINIMUM) * 0x1p24f));
            clamped[i] = atLeast;
            power[i] = n;
            fraction[i] = n + flushed;
        }
        for (int i = 0; i < count; i++) {
            index[i] = (int) fraction[i] + (1 - LEAST_POWER);
        }
    }

    private void polynomial(int count) {
        for (int i = 0; i < count; i++) {
            float n = power[i];
            float r = Math.fma(-n, Exp.LN2_HIGH, clamped[i]);
            r = Math.fma(-n, Exp.LN2_LOW, r);
            float p = Math.fma(Exp.C6, r, Exp.C5);
            p = Math.fma(p, r, Exp.C4);
            p = Math.fma(p, r, Exp.C3);
            p = Math.fma(p, r, Exp.C2);
            p = Math.fma(p, r, 1f);
            p = Math.fma(p, r, 1f);
            fraction[i] = p;
        }
    }
}
