package troupe.cluster.routing;

/** The hashes of a chain of blocks, by the block's place in it. */
public interface HashChain {
    /** The upper half. */
    long high(int block);

    /** The lower half. */
    long low(int block);
}
