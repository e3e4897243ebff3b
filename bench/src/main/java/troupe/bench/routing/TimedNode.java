package troupe.bench.routing;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import troupe.cluster.ClusterNode;
import troupe.cluster.NodeDevice;
import troupe.conf.ClusterSettings;
import troupe.conf.Settings;

/** A node of a real cluster whose engines only take time; {@link #main} runs a worker until its input ends. */
@Command(name = "timed-node")
final class TimedNode implements Runnable {
    /** More than any model here says that it needs. */
    private static final long MEMORY = 1 << 20;

    @Mixin
    private RoutingOptions options = new RoutingOptions();

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TimedNode()).execute(arguments));
    }

    @Override
    public void run() {
        try (ClusterNode node = start(options.loadedSettings(), options)) {
            System.out.println(node.address());
            while (System.in.read() >= 0) {
                // Whoever started this process says nothing and closes its input at the end.
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static ClusterNode start(Settings settings, RoutingOptions options) {
        TimedModel model = new TimedModel(options.executor(), options.engineSpeed(), settings.engine());
        ClusterSettings cluster = settings.cluster();
        SecureRandom random = new SecureRandom();
        return ClusterNode.start(
                settings,
                new ClusterNode.Parts(
                        source -> model,
                        model.executor().model(),
                        ClusterNode.begins(cluster) ? Optional.of(model) : Optional.empty(),
                        Optional.empty(),
                        cluster.role().isWorker() ? List.of(new NodeDevice("timed", 1, MEMORY)) : List.of(),
                        (worker, report) -> {},
                        random::nextLong,
                        System::nanoTime,
                        Clock.systemUTC()));
    }
}
