package troupe.multinode.chaos;

import troupe.multinode.Launch;

/** Where the nodes of a cluster are, by their numbers: first the gateways, then the workers. */
public interface Site extends AutoCloseable {
    /** The address of a node, for the others and for clients. */
    String host(int node);

    /** The port of a gateway for the other nodes; 0: a worker takes a free one. */
    int clusterPort(int node);

    /** The port of a gateway for clients. */
    int httpPort(int node);

    /** With what a process needs to run there. */
    Launch place(int node, Launch launch);

    @Override
    void close();
}
