package troupe.engine.kv;

import troupe.engine.TokenIds;

/**
 * Names the content of a full KV block: its tokens and all that came before them. SHA-256 cut to 128 bits and chained,
 * so that even tokens chosen by an adversary do not collide in practice; equal hashes are taken for equal content. A
 * root's input is its parts in UTF-8, each behind its length as a 32-bit number; a block's is the hash before it, a byte
 * that says how many bits a token takes (19 where all fit, else 32), then its tokens, bit behind bit, zeros to the next
 * byte; big-endian all. {@link BlockHasher} computes many of them fast.
 */
public record BlockHash(long high, long low) {
    /**
     * The hash in front of the first block. KV is shared only among sequences with equal roots.
     *
     * @param numericsId what the bits of keys and values depend on
     * @param adapter name of the adapter; empty for none
     * @param cacheSalt separates those who must not share; empty is a salt like any other
     */
    public static BlockHash root(String numericsId, String adapter, String cacheSalt) {
        return new BlockHasher().root(numericsId, adapter, cacheSalt);
    }

    /** The hash of the block whose tokens are {@code [from, to)} and whose predecessor this is. */
    public BlockHash child(TokenIds tokens, int from, int to) {
        return new BlockHasher().child(this, tokens, from, to);
    }

    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
