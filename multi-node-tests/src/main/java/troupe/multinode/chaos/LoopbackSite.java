package troupe.multinode.chaos;

import java.util.List;
import troupe.cli.supervisor.FreePorts;
import troupe.multinode.Launch;

/** All nodes on the loopback address; gateways have ports that stay the same from one process to the next. */
public final class LoopbackSite implements Site {
    private final List<Integer> ports;

    public LoopbackSite(int gateways) {
        ports = FreePorts.choose(2 * gateways);
    }

    @Override
    public String host(int node) {
        return "127.0.0.1";
    }

    @Override
    public int clusterPort(int node) {
        return 2 * node < ports.size() ? ports.get(2 * node) : 0;
    }

    @Override
    public int httpPort(int node) {
        return ports.get(2 * node + 1);
    }

    @Override
    public Launch place(int node, Launch launch) {
        return launch;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
