package troupe.engine.sampling;

import java.util.Arrays;
import troupe.engine.executor.SampleSpec;
import troupe.kernels.Exp;

/**
 * Temperature, min_p, top_k, top_p and the draw. Nothing is sorted but the tokens that are kept: the likeliest ones are
 * looked for among those whose logits are near the greatest, and further away only if these do not suffice.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
final class TokenDraw {
    /** Distances from the greatest logit, in temperatures, within which what top_p keeps is looked for first. */
    private static final float NEAR = 6f;

    private static final float FAR = 15f;

    /** From here on an exponential is 0 for certain, whatever the rounding of its argument. */
    private static final double BEYOND = 0.5 - Exp.MINIMUM;

    /** Far more than what rounding does to an exponential's argument or value, relative to 1. */
    private static final double ROUNDING = 0.01;

    private final LogitsScan scan;
    private final Weights weights;
    private final Candidates candidates;
    private final int[] kept;

    /** @param scan has read the logits when {@link #token} is called */
    TokenDraw(int vocabularySize, LogitsScan scan, Weights weights) {
        this.scan = scan;
        this.weights = weights;
        candidates = new Candidates(vocabularySize);
        kept = new int[vocabularySize];
    }

    /**
     * The drawn token.
     *
     * @param logits none is NaN
     * @param greatest of them; finite
     */
    int token(float[] logits, float greatest, SampleSpec spec) {
        SamplingParams params = spec.params();
        int position = spec.promptTokens() + spec.outputTokens();
        double uniform = Philox.uniform(spec.seed(), spec.choice(), position, Philox.Purpose.TOKEN);
        if (params.topK() > 0 && params.topK() < logits.length) {
            return drawKept(keepCount(logits, greatest, params), uniform);
        }
        double total = weights.fill(logits, greatest, params.temperature(), params.minP());
        return params.topP() < 1f
                ? drawKept(keepMass(logits, greatest, params, params.topP() * total), uniform)
                : weights.at(total * uniform);
    }

    /** Keeps the likeliest tokens until their weights sum up to {@code wanted}; gives their number. */
    private int keepMass(float[] logits, float greatest, SamplingParams params, double wanted) {
        int floor = floor(greatest, params);
        int count = 0;
        for (int least : cuts(keyBelow(greatest, NEAR * params.temperature()), greatest, params, floor)) {
            candidates.gather(logits, scan, least);
            count = 0;
            double mass = 0;
            while (candidates.remaining() > 0 && mass < wanted) {
                int token = candidates.take();
                if (weights.get(token) > 0f) {
                    mass += weights.get(token);
                    kept[count++] = token;
                }
            }
            if (mass >= wanted) {
                break;
            }
        }
        return count;
    }

    /** Keeps the {@code topK} likeliest tokens, and of these what top_p leaves; gives their number. */
    private int keepCount(float[] logits, float greatest, SamplingParams params) {
        int floor = floor(greatest, params);
        int count = 0;
        double total = 0;
        for (int least : cuts(scan.keyReachedBy(params.topK()), greatest, params, floor)) {
            candidates.gather(logits, scan, least);
            count = 0;
            total = 0;
            while (candidates.remaining() > 0 && count < params.topK()) {
                int token = candidates.take();
                float weight = weights.weigh(token, logits, greatest, params.temperature(), params.minP());
                if (weight > 0f) {
                    total += weight;
                    kept[count++] = token;
                }
            }
            if (count == params.topK()) {
                break;
            }
        }
        return massOf(count, params.topP() * total);
    }

    /** How many of the first {@code count} kept tokens it takes for their weights to sum up to {@code wanted}. */
    private int massOf(int count, double wanted) {
        double mass = 0;
        int needed = 0;
        while (needed < count && (needed == 0 || mass < wanted)) {
            mass += weights.get(kept[needed]);
            needed++;
        }
        return needed;
    }

    /** Keys from which on tokens are gathered, in the order in which they are tried; below the last no weight is above 0. */
    private static int[] cuts(int first, float greatest, SamplingParams params, int floor) {
        int far = keyBelow(greatest, FAR * params.temperature());
        if (first <= floor) {
            return new int[] {floor};
        }
        return far <= floor || far >= first ? new int[] {first, floor} : new int[] {first, far, floor};
    }

    private static int keyBelow(float greatest, double distance) {
        return LogitsScan.key((float) (greatest - distance));
    }

    /** A key below which no token has a weight above 0. */
    private static int floor(float greatest, SamplingParams params) {
        double reach = params.minP() > 0f ? Math.min(BEYOND, ROUNDING - StrictMath.log(params.minP())) : BEYOND;
        return LogitsScan.key(Math.nextDown((float) (greatest - reach * params.temperature())));
    }

    /** Inverts the cumulative distribution of the first {@code count} kept tokens in order of their ids. */
    private int drawKept(int count, double uniform) {
        Arrays.sort(kept, 0, count);
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights.get(kept[i]);
        }
        double target = total * uniform;
        double cumulative = 0;
        for (int i = 0; i < count; i++) {
            cumulative += weights.get(kept[i]);
            if (cumulative > target) {
                return kept[i];
            }
        }
        return kept[count - 1];
    }
}
