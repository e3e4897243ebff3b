package troupe.engine;

import org.jspecify.annotations.Nullable;

/**
 * Measures an engine's speed from its steps: least squares of the relative errors with forgetting, solved by projected
 * coordinate descent, some sweeps at each step, so that no coefficient is ever negative. Used by one thread.
 *
 * <p>Each coefficient forgets only at steps that say something about it: a night of decoding leaves what is known of
 * prefill alone. A step that took more than {@link #FAR} times its estimate (a collection of garbage, a stopped process)
 * counts as one that took so much, so a single pause is hardly seen. But {@link #CHANGED_AFTER} steps in a row that all
 * took so much longer, or so much less, are a change: a worker that has become slow, or one that was slow while it
 * started. From then on each of them halves what the past weighs, until one is as estimated. Steps with and without
 * prompt tokens are counted apart, for an engine may have many of one kind between two of the other.
 */
public final class SpeedMeter {
    /** Steps before there is an estimate. */
    static final int LEAST_STEPS = 16;

    /**
     * Of which so many with prompt tokens. An engine's first ones are far slower than any later ones, and whoever is taken
     * for slow by them is given no others.
     */
    static final int LEAST_PREFILL_STEPS = 8;

    /** Weight of the past at each step: that of some 50 steps together. */
    private static final double MEMORY = 0.98;

    /** How many times longer or shorter than its estimate an unusual step is. */
    private static final double FAR = 2;

    /** The same while it follows a change. */
    private static final double NEAR = 1.2;

    /** Unusual steps in a row that show a change. */
    static final int CHANGED_AFTER = 3;

    /** Weight of the past at each step once it has changed. */
    private static final double MEMORY_OF_CHANGED = 0.5;

    /** What a step counts for at most then, times its estimate. */
    private static final double FARTHEST = 8;

    private static final int SWEEPS = 4;
    private static final int TERMS = 3;

    /** Normal equations, a row for each coefficient: of the step, of a prefill token, of a decoding sequence. */
    private final double[][] products = new double[TERMS][TERMS];

    private final double[] targets = new double[TERMS];
    private final double[] coefficients = new double[TERMS];
    private final double[] terms = new double[TERMS];
    private final int[] slow = new int[2]; // unusual steps in a row: without and with prompt tokens
    private final int[] fast = new int[2];
    private long steps;
    private long prefillSteps;

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
        double times = seconds * scale;
        int kind = prefillTokens > 0 ? 1 : 0;
        slow[kind] = times > unusual(slow[kind]) ? slow[kind] + 1 : 0;
        fast[kind] = 1 / times > unusual(fast[kind]) ? fast[kind] + 1 : 0;
        boolean changed = Math.max(slow[kind], fast[kind]) >= CHANGED_AFTER;
        add(scale, Math.min(times, changed ? FARTHEST : FAR), changed ? MEMORY_OF_CHANGED : MEMORY);
        for (int i = 0; i < SWEEPS; i++) {
            sweep();
        }
        steps++;
        prefillSteps += kind;
    }

    /** How many times as long as its estimate a step must be to be unusual, after so many in a row that were. */
    private static double unusual(int inRow) {
        return inRow < CHANGED_AFTER ? FAR : NEAR;
    }

    /** What was measured; null before there were enough steps. */
    public @Nullable EngineSpeed speed() {
        return steps < LEAST_STEPS || prefillSteps < LEAST_PREFILL_STEPS
                ? null
                : new EngineSpeed(coefficients[0], coefficients[1], coefficients[2]);
    }

    private double estimate() {
        double sum = 0;
        for (int i = 0; i < TERMS; i++) {
            sum += coefficients[i] * terms[i];
        }
        return sum;
    }

    private void add(double scale, double target, double memory) {
        for (int row = 0; row < TERMS; row++) {
            if (terms[row] == 0) {
                continue;
            }
            double weighted = terms[row] * scale;
            for (int column = 0; column < TERMS; column++) {
                products[row][column] = memory * products[row][column] + weighted * terms[column] * scale;
            }
            targets[row] = memory * targets[row] + weighted * target;
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
