package troupe.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import java.util.ArrayList;
import java.util.List;
import troupe.actors.Protocol;
import troupe.cluster.tls.RemotingSecurity;
import troupe.conf.ClusterSettings;
import troupe.conf.NodeRole;
import troupe.conf.Settings;

/** The actor system's configuration: Akka's part, ours over it, and what follows from the settings over both. */
final class NodeConfig {
    static final String GATEWAY = "gateway";
    static final String WORKER = "worker";

    private NodeConfig() {}

    static List<String> roles(NodeRole role) {
        List<String> roles = new ArrayList<>();
        if (role.isGateway()) {
            roles.add(GATEWAY);
        }
        if (role.isWorker()) {
            roles.add(WORKER);
        }
        return roles;
    }

    /** Of what arrives: on few cores a message's way over a lane's thread costs more than what it does there. */
    private static int inboundLanes(int cores) {
        return Math.clamp(cores / 4, 1, 4);
    }

    static Config of(Settings settings, Protocol protocol, RemotingSecurity security) {
        ClusterSettings cluster = settings.cluster();
        String derived = """
                akka.remote.artery.canonical { hostname = %s, port = %d }
                akka.remote.artery.advanced.inbound-lanes = %d
                akka.cluster.roles = [%s]
                %s = %d
                """.formatted(
                        ConfigUtil.quoteString(cluster.host()),
                        cluster.port(),
                        inboundLanes(Runtime.getRuntime().availableProcessors()),
                        String.join(", ", roles(cluster.role())),
                        ProtocolChecker.KEY,
                        protocol.version());
        return ConfigFactory.parseString(derived)
                .withFallback(security.config())
                .withFallback(BootstrapConfig.of(cluster.management(), cluster.bootstrap()))
                .withFallback(ConfigFactory.parseResourcesAnySyntax("troupe-cluster"))
                .withFallback(settings.source())
                .resolve(ConfigResolveOptions.defaults());
    }
}
