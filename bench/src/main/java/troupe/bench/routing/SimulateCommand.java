package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.bench.Machine;
import troupe.cluster.simulation.SimulatedCluster;
import troupe.cluster.simulation.Window;
import troupe.cluster.simulation.Workload;

/** Routing policies side by side in a simulated cluster, and a cluster of a thousand workers. */
@Command(
        name = "simulate",
        mixinStandardHelpOptions = true,
        description = "Routing policies side by side in a simulated cluster; writes tables and a chart.")
public final class SimulateCommand implements Callable<Integer> {
    /** Gateways that route at once, for the table of them. */
    private static final int[] GATEWAYS = {1, 2, 4, 8};

    /** Of the large cluster, as shares of what round robin bears. */
    private static final double[] LARGE_LOADS = {0.1, 0.25, 0.5, Comparison.LOAD};

    @Mixin
    private RoutingOptions options = new RoutingOptions();

    @Option(
            names = "--large",
            paramLabel = "WORKERS",
            defaultValue = "1000",
            description = "Workers of the large cluster, 0 for none (${DEFAULT-VALUE}).")
    private int large;

    @Option(
            names = "--large-requests",
            defaultValue = "300",
            description = "Requests of the workload that the large cluster gets copies of (${DEFAULT-VALUE}).")
    private int largeRequests;

    @Override
    public Integer call() throws IOException {
        SimulatedCluster cluster = options.cluster();
        List<Comparison> comparisons = new ArrayList<>();
        for (Workload workload : options.workloads(options.requests).values()) {
            double borne = Comparison.borne(options, workload);
            System.err.printf("%s: round robin bears %.2f times its speed%n", workload.title(), borne);
            comparisons.add(Comparison.simulate(options, workload, borne, Window.ALL));
        }
        Comparison first = comparisons.getFirst();
        List<Trial> byGateways = new ArrayList<>();
        for (int gateways : GATEWAYS) {
            byGateways.add(Trial.run(
                    gateways + (gateways == 1 ? " gateway" : " gateways"),
                    cluster.of(cluster.workers(), gateways),
                    options.policy(Policies.PREFIX).selectors(),
                    first.workload(),
                    first.speedup()));
        }
        List<Trial> scale = large == 0 ? List.of() : large(cluster, first);
        Files.createDirectories(options.output);
        new SimulationReport(
                        LocalDate.now(Clock.systemUTC()), Machine.describe(), options, comparisons, byGateways, scale)
                .write(options.output);
        return 0;
    }

    /** The first workload in as many copies as the large cluster is larger, at several loads. */
    private List<Trial> large(SimulatedCluster cluster, Comparison first) throws IOException {
        Workload copies =
                new Copies(options.workloads(largeRequests).firstEntry().getValue(), large / cluster.workers());
        List<Trial> trials = new ArrayList<>();
        for (double load : LARGE_LOADS) {
            for (String policy : List.of(Policies.LEAST_LOADED, Policies.PREFIX)) {
                trials.add(Trial.run(
                        String.format(Locale.ROOT, "%s at %.0f%%", policy, 100 * load),
                        cluster.of(large, cluster.gateways()),
                        options.policy(policy).selectors(),
                        copies,
                        load * first.borne()));
                Trial last = trials.getLast();
                System.err.printf(
                        "%d workers, %s: %.0f s simulated in %.0f s%n",
                        large, last.title(), last.result().figures().seconds(), last.wallSeconds());
            }
        }
        return trials;
    }
}
