package troupe.cluster.routing;

import java.util.List;
import troupe.engine.TokenIds;

/**
 * Chooses by a hash of the prompt's beginning, so that equal beginnings meet on one worker and the coming or going of a
 * worker moves its own share only: rendezvous hashing (Thaler and Ravishankar, 1998) with bounded loads (Mirrokni,
 * Thorup and Zadimoghaddam, 2018): the worker where the hash weighs most of those that have fewer sequences than
 * {@link #BOUND} times the mean.
 */
public final class ConsistentHashSelector extends ScanningSelector {
    static final double BOUND = 1.25;

    private final int hashTokens;

    /**
     * A selector that knows no worker yet.
     *
     * @param hashTokens of the prompt, at its beginning, that decide; a shorter one all
     */
    public ConsistentHashSelector(int hashTokens) {
        super("consistent-hash");
        if (hashTokens < 1) {
            throw new IllegalArgumentException("hashTokens is " + hashTokens + ", must be at least 1");
        }
        this.hashTokens = hashTokens;
    }

    @Override
    Worker choose(List<Worker> fitting, Demand demand) {
        long sequences = 1;
        for (Worker worker : fitting) {
            sequences += worker.load().sequences();
        }
        // There is always one with fewer than the mean, rounded up.
        long bound = (long) Math.ceil(BOUND * sequences / fitting.size());
        long key = hash(demand.tokens(), demand.cacheSalt());
        Worker heaviest = fitting.getFirst();
        long weight = -1;
        for (Worker worker : fitting) {
            long own = mix(key ^ mix(worker.id().name().hashCode())) >>> 1;
            if (worker.load().sequences() < bound && own > weight) {
                heaviest = worker;
                weight = own;
            }
        }
        return heaviest;
    }

    private long hash(TokenIds tokens, String cacheSalt) {
        long hash = mix(cacheSalt.hashCode());
        for (int i = 0; i < Math.min(hashTokens, tokens.size()); i++) {
            hash = mix(hash + tokens.get(i));
        }
        return hash;
    }

    /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014), which leaves no bit of the input without effect. */
    private static long mix(long value) {
        long mixed = value + 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
