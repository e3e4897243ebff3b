package troupe.actors.admin;

/**
 * How a gateway routes, and what it remembers of the workers' caches for that.
 *
 * @param policy that decides
 * @param blocks KV blocks that some worker is thought to hold
 * @param entries pairs of block and worker
 * @param maxEntries the most of them
 * @param bytes of memory
 * @param refused pairs that were left out because there were the most already
 */
public record RoutingView(String policy, long blocks, long entries, long maxEntries, long bytes, long refused) {
    /** Of a policy that remembers nothing. */
    public static RoutingView of(String policy) {
        return new RoutingView(policy, 0, 0, 0, 0, 0);
    }
}
