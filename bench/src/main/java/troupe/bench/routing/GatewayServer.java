package troupe.bench.routing;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.cluster.ClusterNode;
import troupe.conf.Settings;
import troupe.http.HttpGateway;
import troupe.http.Metrics;

/** A whole server, HTTP included, whose engine only takes time; runs until it is killed. */
@Command(name = "gateway-server")
final class GatewayServer implements Runnable {
    @Mixin
    private RoutingOptions options = new RoutingOptions();

    @Option(names = "--port", required = true)
    private int port;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new GatewayServer()).execute(arguments));
    }

    @Override
    public void run() {
        Settings settings = Settings.load(null, "troupe.http.port = " + port);
        ClusterNode node = TimedNode.start(settings, options);
        node.ready().toCompletableFuture().join();
        SecureRandom random = new SecureRandom();
        HttpGateway.start(
                        node.system(),
                        settings.http(),
                        new HttpGateway.Parts(
                                node.models(),
                                node.gateway().orElseThrow(),
                                settings.sequence(),
                                new Metrics(),
                                node.admin().orElseThrow(),
                                settings.telemetry(),
                                () -> HexFormat.of().toHexDigits(random.nextLong()),
                                Clock.systemUTC(),
                                System::nanoTime))
                .toCompletableFuture()
                .join();
        while (true) {
            LockSupport.park();
        }
    }
}
