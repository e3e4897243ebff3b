package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;

/** The blocks that an attempt should make its worker hold, beyond those that it was thought to hold. */
final class Prediction {
    final RoutedWorker worker;
    /** Two halves of each block's hash, in the order of the chain; at least one block. */
    private final long[] hashes;
    /** Steps that the worker may take, once the attempt is in its reports, until it holds them. */
    final long steps;

    /** Of the bucket that it lies in. */
    @Nullable
    Prediction next;

    Prediction(RoutedWorker worker, long[] hashes, long steps) {
        this.worker = worker;
        this.hashes = hashes;
        this.steps = steps;
    }

    long low() {
        return hashes[1];
    }

    /** How many of the blocks {@code [from, to)} of a chain are the first ones of these. */
    int common(long[] chain, int from, int to) {
        int most = Math.min(to - from, hashes.length / 2);
        int blocks = 0;
        while (blocks < most
                && hashes[2 * blocks] == chain[2 * (from + blocks)]
                && hashes[2 * blocks + 1] == chain[2 * (from + blocks) + 1]) {
            blocks++;
        }
        return blocks;
    }
}
