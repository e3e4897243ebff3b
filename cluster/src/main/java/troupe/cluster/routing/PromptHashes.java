package troupe.cluster.routing;

import java.util.Arrays;
import troupe.engine.TokenIds;
import troupe.engine.kv.BlockHash;
import troupe.engine.kv.BlockHasher;

/**
 * The hashes of one prompt's full blocks after the other's, computed {@link #AHEAD} at a time as they are asked for: a
 * choice looks at the blocks that somebody holds and at one more. Not one at a time: the lookups of hashes that are there
 * wait for memory together, and those with hashing between them one after the other, which costs more than it saves.
 */
final class PromptHashes implements HashChain {
    /** Blocks that are hashed at once. */
    static final int AHEAD = 32;

    private final String numericsId;
    private final int blockTokens;
    private final BlockHasher hasher = new BlockHasher();

    private String salt = "";
    private BlockHash root;
    private TokenIds tokens = TokenIds.EMPTY;
    private long[] hashes = new long[128];
    private int hashed;

    PromptHashes(String numericsId, int blockTokens) {
        this.numericsId = numericsId;
        this.blockTokens = blockTokens;
        root = hasher.root(numericsId, "", salt);
    }

    /** Goes over to another prompt. */
    void of(TokenIds prompt, String cacheSalt) {
        if (!salt.equals(cacheSalt)) {
            salt = cacheSalt;
            root = hasher.root(numericsId, "", salt);
        }
        tokens = prompt;
        hashed = 0;
    }

    TokenIds tokens() {
        return tokens;
    }

    int blockTokens() {
        return blockTokens;
    }

    /** Full blocks of the prompt. */
    int blocks() {
        return tokens.size() / blockTokens;
    }

    /** Blocks hashed so far. */
    int hashed() {
        return hashed;
    }

    @Override
    public long high(int block) {
        hashTo(block);
        return hashes[2 * block];
    }

    @Override
    public long low(int block) {
        hashTo(block);
        return hashes[2 * block + 1];
    }

    private void hashTo(int block) {
        if (block >= hashed) {
            int to = Math.min(blocks(), Math.max(block + 1, hashed + AHEAD));
            if (hashes.length < 2 * to) {
                hashes = Arrays.copyOf(hashes, 4 * to);
            }
            hasher.chain(root, tokens, blockTokens, hashed, to, hashes);
            hashed = to;
        }
    }
}
