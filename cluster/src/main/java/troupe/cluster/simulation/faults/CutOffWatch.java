package troupe.cluster.simulation.faults;

import java.util.ArrayList;
import java.util.List;

/**
 * Watches that whoever reads a resumable stream at a gateway that is cut off from all others soon reads on elsewhere. It says
 * nothing of runs in which anything else goes wrong, since that may take its own time.
 */
final class CutOffWatch {
    /** Until the gateway knows, and its clients too: what it lets pass without an answer, a question, and a tick. */
    private static final long LEFT_NANOS = 1_400_000_000;

    /** Until an answer goes on. */
    private static final long GOES_ON_NANOS = 3_000_000_000L;

    /** Of fewer, none is cut off from most others. */
    private static final int LEAST_GATEWAYS = 3;

    private final FaultyCluster cluster;

    CutOffWatch(FaultyCluster cluster) {
        this.cluster = cluster;
    }

    /** From now on nothing passes between the gateway and the others. */
    void cutOff(GatewayNode gateway) {
        if (cluster.plan().gateways() < LEAST_GATEWAYS) {
            return;
        }
        List<Client> readers = new ArrayList<>();
        for (Client client : cluster.clients()) {
            if (client.readsReplicated(gateway)) {
                readers.add(client);
            }
        }
        cluster.after(LEFT_NANOS, () -> {
            boolean isStill = gateway.machine().isCutOff() || gateway.machine().isCutOffFromPeers();
            if (isStill && cluster.isOneThingWrong()) {
                readers.forEach(reader -> require(!reader.readsReplicated(gateway), reader + " is kept by " + gateway));
            }
        });
        cluster.after(GOES_ON_NANOS, () -> {
            if (cluster.isOneThingWrong()) {
                readers.forEach(
                        reader -> require(reader.goesOn(), reader + " waits, since " + gateway + " was cut off"));
            }
        });
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(Invariant.GOES_ON_ELSEWHERE, otherwise);
        }
    }
}
