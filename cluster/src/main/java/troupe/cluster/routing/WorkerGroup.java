package troupe.cluster.routing;

import org.jspecify.annotations.Nullable;
import troupe.engine.EngineSpeed;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockHasher;

/** The workers that can share KV blocks: of one model, one numerics id and one block size. */
final class WorkerGroup {
    record Key(String model, String numericsId, int blockTokens) {
        static Key of(ExecutorInfo info) {
            return new Key(info.model(), info.numericsId(), info.blockTokens());
        }
    }

    final Key key;
    final WorkerHeap heap = new WorkerHeap();
    /** Workers that have room. */
    int roomy;

    private final BlockHasher hasher = new BlockHasher();

    // The sum of the speeds of those that have measured theirs.
    private int measured;
    private double stepSeconds;
    private double prefillTokenSeconds;
    private double decodeTokenSeconds;

    // Of the last prompt hashed.
    private String salt = "";
    private BlockHash root;
    private long[] hashes = new long[128];

    WorkerGroup(Key key) {
        this.key = key;
        root = hasher.root(key.numericsId(), "", salt);
    }

    /** The hashes of the tokens' full blocks, two halves each; good until the next call. */
    long[] hash(TokenIds tokens, String cacheSalt) {
        if (!salt.equals(cacheSalt)) {
            salt = cacheSalt;
            root = hasher.root(key.numericsId(), "", salt);
        }
        int blocks = tokens.size() / key.blockTokens();
        if (hashes.length < 2 * blocks) {
            hashes = new long[4 * blocks];
        }
        hasher.chain(root, tokens, key.blockTokens(), blocks, hashes);
        return hashes;
    }

    /** The hashes of the last prompt hashed. */
    long[] hashes() {
        return hashes;
    }

    /** The mean of what its workers measured; a constant before one has. */
    EngineSpeed usualSpeed() {
        return measured == 0
                ? CostModel.UNMEASURED
                : new EngineSpeed(
                        Math.max(0, stepSeconds / measured),
                        Math.max(0, prefillTokenSeconds / measured),
                        Math.max(0, decodeTokenSeconds / measured));
    }

    /** A worker of the group measured another speed than before. */
    void replace(@Nullable EngineSpeed before, @Nullable EngineSpeed now) {
        add(before, -1);
        add(now, 1);
    }

    private void add(@Nullable EngineSpeed speed, int sign) {
        if (speed != null) {
            measured += sign;
            stepSeconds += sign * speed.stepSeconds();
            prefillTokenSeconds += sign * speed.prefillTokenSeconds();
            decodeTokenSeconds += sign * speed.decodeTokenSeconds();
        }
    }
}
