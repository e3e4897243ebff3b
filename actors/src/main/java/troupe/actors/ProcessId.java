package troupe.actors;

/**
 * One life of one node's process.
 *
 * @param node its name, {@code host:port} of the cluster protocol
 * @param life a number of its own for each start of the node
 * @param pid as the node's machine numbers its processes
 */
public record ProcessId(String node, long life, long pid) {}
