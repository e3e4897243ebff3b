package troupe.conf;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A node among others.
 *
 * @param host other nodes reach this one at it, and at {@code port}; 0 takes a free port
 * @param controlPort of a gateway, for the connections whose ends tell of processes' ends; 0 takes a free one
 * @param join nodes of the cluster that this one joins; none: it forms its own
 * @param replicas of {@code troupe.model} in a cluster that begins; 0: one on every worker
 * @param memoryBytes that this node's replicas may use; 0: what is free at the start
 * @param stateFolder where a gateway keeps the deployments; empty: chosen by the node
 * @param heartbeatInterval how often a replica says that it lives
 * @param heartbeatLimit after which a replica that says nothing loses its attempts
 * @param handOverAfter how long a drained replica goes on with what runs
 * @param tls between nodes; without it only this machine is served
 */
public record ClusterSettings(
        NodeRole role,
        String host,
        int port,
        int controlPort,
        List<NodeAddress> join,
        int replicas,
        long memoryBytes,
        String stateFolder,
        Duration heartbeatInterval,
        Duration heartbeatLimit,
        Duration handOverAfter,
        Optional<TlsSettings> tls,
        ManagementSettings management,
        BootstrapSettings bootstrap) {
    public ClusterSettings {
        join = List.copyOf(join);
    }

    static ClusterSettings read(SettingsReader reader) {
        ClusterSettings settings = new ClusterSettings(
                NodeRole.parse(reader.oneOf("role", NodeRole.names())),
                reader.text("host"),
                reader.integer("port", 0, 65_535),
                reader.integer("control-port", 0, 65_535),
                reader.texts("join").stream()
                        .map(text -> NodeAddress.parse(text)
                                .orElseThrow(() -> reader.refusal("join", text, "is HOST:PORT, PORT from 1 to 65535")))
                        .toList(),
                reader.integer("replicas", 0, 100_000),
                reader.bytes("memory", 0, 1L << 46),
                reader.optionalText("state-folder"),
                reader.duration("heartbeat-interval", Duration.ofMillis(10), Duration.ofMinutes(1)),
                reader.duration("heartbeat-limit", Duration.ofMillis(50), Duration.ofHours(1)),
                reader.duration("hand-over-after", Duration.ZERO, Duration.ofHours(24)),
                TlsSettings.read(reader.section("tls")),
                ManagementSettings.read(reader.section("management")),
                BootstrapSettings.read(reader.section("bootstrap")));
        if (settings.heartbeatLimit().compareTo(settings.heartbeatInterval().multipliedBy(2)) < 0) {
            throw reader.refusal(
                    "heartbeat-limit",
                    settings.heartbeatLimit().toString(),
                    "is at least twice the heartbeat-interval, " + settings.heartbeatInterval());
        }
        return settings;
    }
}
