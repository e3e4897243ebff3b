package troupe.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import troupe.cli.supervisor.FreePorts;
import troupe.cli.supervisor.JvmCommand;
import troupe.cli.supervisor.NodeSpec;
import troupe.cli.supervisor.Supervisor;
import troupe.conf.ClusterSettings;
import troupe.conf.NodeAddress;
import troupe.conf.Secret;
import troupe.conf.Settings;
import troupe.engine.cpu.AvailableMemory;

/** A cluster of several processes on this machine, under a supervisor in this one. */
final class LocalCluster {
    private final Settings settings;
    private final LocalPlan plan;
    private final LocalPlan.Machine machine;
    private final String model;
    private final PrintStream out;
    private final Supervisor supervisor;

    /**
     * Starts nothing yet.
     *
     * @param config the settings' file, which every node reads too
     * @param model the name that requests use
     * @param cacheFolder where gateways keep deployments, unless the settings say where
     */
    LocalCluster(
            Settings settings,
            @Nullable Path config,
            int gateways,
            int workers,
            String model,
            Path cacheFolder,
            PrintStream out) {
        this.settings = settings;
        this.model = model;
        this.out = out;
        machine = machine(settings, gateways, workers, cacheFolder);
        plan = new LocalPlan(settings, config, gateways, workers, machine);
        supervisor = new Supervisor(new Supervisor.Parts(
                plan.nodes(),
                settings.http().drainLimit(),
                this::process,
                out,
                System.err,
                new Supervisor.Listener() {
                    @Override
                    public void allReady() {
                        banner();
                    }

                    @Override
                    public void died(NodeSpec node, int status) {
                        // The supervisor has logged it.
                    }
                },
                System::nanoTime));
    }

    /** Runs until the process is told to end; returns the status to end with. */
    int run() throws InterruptedException {
        Thread hook = new Thread(this::end, "drain");
        Runtime.getRuntime().addShutdownHook(hook);
        return supervisor.run();
    }

    private void end() {
        out.flush();
        supervisor.stop();
        try {
            supervisor.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ProcessBuilder process(NodeSpec node, boolean again) {
        List<String> arguments = new ArrayList<>(node.arguments());
        arguments.addAll(plan.joining(node, again));
        ProcessBuilder process = JvmCommand.of(Main.class.getName(), arguments, plan.properties(node));
        Secret key = settings.http().apiKey();
        if (key != null && node.gateway()) {
            // Not an argument: others on the machine see those.
            process.environment().put(NodeOptions.KEY_VARIABLE, key.value());
        }
        if (!node.gateway()) {
            // Ends by a status of its own, which tells gateways what it died of.
            process.command().add(1, "-XX:+ExitOnOutOfMemoryError");
        }
        return process;
    }

    private static LocalPlan.Machine machine(Settings settings, int gateways, int workers, Path cacheFolder) {
        ClusterSettings cluster = settings.cluster();
        int threads = settings.engine().threads();
        int http = settings.http().port();
        return new LocalPlan.Machine(
                threads == 0 ? Runtime.getRuntime().availableProcessors() : threads,
                AvailableMemory.bytes(),
                http == 0 ? FreePorts.choose(gateways) : from(http, gateways),
                cluster.port() == 0 ? FreePorts.choose(gateways + workers) : from(cluster.port(), gateways + workers),
                cluster.management().enabled() ? from(cluster.management().port(), gateways + workers) : List.of(),
                cacheFolder.resolve("cluster-" + http));
    }

    private static List<Integer> from(int first, int count) {
        if (first + count - 1 > 65_535) {
            throw new UserException(count + " ports from " + first + " on go beyond 65535");
        }
        return IntStream.range(first, first + count).boxed().toList();
    }

    private void banner() {
        long workers = plan.nodes().stream().filter(node -> !node.gateway()).count();
        StringBuilder text = new StringBuilder("\n");
        line(
                text,
                "nodes",
                "%d gateways, %d workers; %d cores in all"
                        .formatted(machine.httpPorts().size(), workers, machine.cores()));
        line(
                text,
                "join",
                "%s:%d"
                        .formatted(
                                settings.cluster().host(),
                                machine.clusterPorts().getFirst()));
        for (int port : machine.managementPorts()) {
            line(text, "metrics", metricsUrl(port));
        }
        String first = "";
        for (int port : machine.httpPorts()) {
            String url = Server.url(settings.http(), port);
            line(text, "url", url);
            first = first.isEmpty() ? url : first;
        }
        synchronized (out) {
            out.print(text);
            new Banner(out).example(first, settings.http().asksForKeys(), model);
        }
    }

    private String metricsUrl(int port) {
        ClusterSettings cluster = settings.cluster();
        String scheme = cluster.tls().isPresent() ? "https" : "http";
        return scheme + "://" + new NodeAddress(cluster.management().host(), port) + "/metrics";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-8s %s%n", name, value));
    }
}
