package troupe.engine;

import org.jspecify.annotations.Nullable;

/**
 * Measures an engine's speed from its steps: least squares of the relative errors with forgetting, solved by projected
 * coordinate descent, some sweeps at each step, so that no coefficient is ever negative. Used by one thread.
 *
 * <p>Each coefficient forgets only at steps that say something about it: a night of decoding leaves what is known of
 * prefill alone. A step that took more than {@link #LONGEST} times its estimate (a collection of garbage, a stopped
 * process) counts as one that took so much: a lasting change is followed within some hundred steps, a single pause hardly
 * seen.
 */
public final class SpeedMeter {
    /** Steps before there is an estimate. */
    public static final int LEAST_STEPS = 16;

    /** Weight of the past at each step: that of some 50 steps together. */
    private static final double MEMORY = 0.98;

    private static final double LONGEST = 2;
    private static final int SWEEPS = 4;
    private static final int TERMS = 3;

    /** Normal equations, a row for each coefficient: of the step, of a prefill token, of a decoding sequence. */
    private final double[][] products = new double[TERMS][TERMS];

    private final double[] targets = new double[TERMS];
    private final double[] coefficients = new double[TERMS];
    private final double[] terms = new double[TERMS];
    private long steps;

    /**
     * Takes a step in.
     *
     * @param prefillTokens computed of prompts
     * @param decodeTokens computed for sequences past their prompt
     * @param durationNanos that it took; nothing is learned from a step without tokens or time
     */
    public void step(int prefillTokens, int decodeTokens, long durationNanos) {
        if (durationNanos <= 0 || prefillTokens < 0 || decodeTokens < 0 || prefillTokens + decodeTokens == 0) {
            return;
        }
        double seconds = durationNanos / 1e9;
        terms[0] = 1;
        terms[1] = prefillTokens;
        terms[2] = decodeTokens;
        double expected = steps < LEAST_STEPS ? seconds : estimate();
        double scale = expected > 0 ? 1 / expected : 1 / seconds;
        add(scale, Math.min(seconds * scale, LONGEST));
        for (int i = 0; i < SWEEPS; i++) {
            sweep();
        }
        steps++;
    }

    /** What was measured; null before there were {@link #LEAST_STEPS} steps. */
    public @Nullable EngineSpeed speed() {
        return steps < LEAST_STEPS ? null : new EngineSpeed(coefficients[0], coefficients[1], coefficients[2]);
    }

    private double estimate() {
        double sum = 0;
        for (int i = 0; i < TERMS; i++) {
            sum += coefficients[i] * terms[i];
        }
        return sum;
    }

    private void add(double scale, double target) {
        for (int row = 0; row < TERMS; row++) {
            if (terms[row] == 0) {
                continue;
            }
            double weighted = terms[row] * scale;
            for (int column = 0; column < TERMS; column++) {
                products[row][column] = MEMORY * products[row][column] + weighted * terms[column] * scale;
            }
            targets[row] = MEMORY * targets[row] + weighted * target;
        }
    }

    /** Sets each coefficient to its best value of at least 0, given the others. */
    private void sweep() {
        for (int row = 0; row < TERMS; row++) {
            double rest = targets[row];
            for (int column = 0; column < TERMS; column++) {
                if (column != row) {
                    rest -= products[row][column] * coefficients[column];
                }
            }
            if (products[row][row] > 0) {
                coefficients[row] = Math.max(0, rest / products[row][row]);
            }
        }
    }
}
