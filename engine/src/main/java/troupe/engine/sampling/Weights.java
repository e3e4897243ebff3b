package troupe.engine.sampling;

import troupe.kernels.Exp;
import troupe.kernels.ExpVector;

/**
 * The unnormalized probabilities of all tokens, 1 for the likeliest, and their running sum in doubles in order of the
 * token id, so that a draw needs to look at few of them again.
 *
 * <p>Holds scratch memory: one thread at a time.
 */
final class Weights {
    private final ExpVector exponential = new ExpVector();
    private final float[] chunk = new float[ExpVector.CHUNK];
    private final float[] weights;
    private final double[] totals;

    /** @param size tokens */
    Weights(int size) {
        weights = new float[size];
        totals = new double[Math.ceilDiv(size, ExpVector.CHUNK)];
    }

    /**
     * Weighs every token: {@code exp((logit - greatest) / temperature)}, and 0 where that is below {@code least}.
     *
     * @param logits none above {@code greatest}, which is finite; minus infinity is allowed
     * @return the sum of all weights
     */
    double fill(float[] logits, float greatest, float temperature, float least) {
        double total = 0;
        for (int from = 0; from < weights.length; from += ExpVector.CHUNK) {
            int count = Math.min(ExpVector.CHUNK, weights.length - from);
            System.arraycopy(logits, from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                chunk[i] = (chunk[i] - greatest) / temperature;
            }
            exponential.expOfNonPositive(chunk, count);
            total = add(from, count, least, total);
            totals[from / ExpVector.CHUNK] = total;
        }
        return total;
    }

    private double add(int from, int count, float least, double before) {
        double total = before;
        for (int i = 0; i < count; i++) {
            float weight = chunk[i];
            float kept = weight < least ? 0f : weight;
            weights[from + i] = kept;
            total += kept;
        }
        return total;
    }

    /** Weighs one token as {@link #fill} does, and leaves the others and the running sum as they are. */
    float weigh(int token, float[] logits, float greatest, float temperature, float least) {
        float weight = Exp.exp((logits[token] - greatest) / temperature);
        weights[token] = weight < least ? 0f : weight;
        return weights[token];
    }

    float get(int token) {
        return weights[token];
    }

    /** The first token at which the running sum exceeds {@code target}; if it never does, the last of weight above 0. */
    int at(double target) {
        int chunkIndex = 0;
        while (chunkIndex < totals.length && !(totals[chunkIndex] > target)) {
            chunkIndex++;
        }
        if (chunkIndex == totals.length) {
            return lastAboveZero();
        }
        double cumulative = chunkIndex == 0 ? 0 : totals[chunkIndex - 1];
        int token = chunkIndex * ExpVector.CHUNK;
        cumulative += weights[token];
        while (!(cumulative > target)) {
            token++;
            cumulative += weights[token];
        }
        return token;
    }

    private int lastAboveZero() {
        int token = weights.length - 1;
        while (token > 0 && !(weights[token] > 0f)) {
            token--;
        }
        return token;
    }
}
