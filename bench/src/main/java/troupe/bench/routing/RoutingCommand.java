package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.bench.Machine;
import troupe.cluster.simulation.RoutingFigures;
import troupe.cluster.simulation.Workload;

/** Routing policies side by side over real processes, and what the simulator says of the same. */
@Command(
        name = "routing",
        mixinStandardHelpOptions = true,
        description = "Routing policies side by side over real processes whose engines take a model's time.")
public final class RoutingCommand implements Callable<Integer> {
    /** Requests that warm a cluster up, with prompts that nothing shares. */
    private static final int WARMING = 150;

    private static final long WARMING_SEED = 99;

    @Mixin
    private RoutingOptions options = new RoutingOptions();

    @Option(
            names = "--minutes",
            defaultValue = "3",
            description = "Requests come for so long, in every run (${DEFAULT-VALUE}).")
    private double minutes;

    @Option(names = "--rounds", defaultValue = "1", description = "Runs of every policy, in turn (${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        System.setProperty(
                "LOG_LEVEL", "WARN"); // read when the first logger is made: a line a request is too much here
        List<Live> lives = new ArrayList<>();
        for (Workload workload : options.workloads(options.requests)) {
            double borne = Comparison.borne(options, workload);
            double speedup = Comparison.LOAD * borne;
            Workload played = Beginning.within(workload, minutes * 60 * speedup);
            Comparison expected = Comparison.simulate(options, played, borne);
            Map<String, List<RoutingFigures>> readings = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Policy policy : options.policies()) {
                    RoutingFigures figures = play(policy, played, speedup);
                    System.err.printf("%s, %s: %s%n", workload.title(), policy.title(), figures);
                    readings.computeIfAbsent(policy.title(), _ -> new ArrayList<>())
                            .add(figures);
                }
            }
            Map<String, RoutingFigures> medians = new LinkedHashMap<>();
            readings.forEach((policy, each) -> medians.put(policy, Comparison.median(each)));
            lives.add(new Live(
                    new Comparison(played, borne, speedup, expected.oneCacheHitRate(), medians, expected.floor()),
                    expected));
        }
        Files.createDirectories(options.output);
        new RoutingReport(LocalDate.now(Clock.systemUTC()), Machine.describe(), options, minutes, rounds, lives)
                .write(options.output);
        return 0;
    }

    private RoutingFigures play(Policy policy, Workload workload, double speedup)
            throws IOException, InterruptedException {
        try (LiveCluster cluster = LiveCluster.start(options, policy.setting())) {
            cluster.play(new UniquePrompts(WARMING, WARMING_SEED), 1);
            return cluster.play(workload, speedup);
        }
    }
}
