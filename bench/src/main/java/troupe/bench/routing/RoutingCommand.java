package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.bench.Machine;
import troupe.cluster.simulation.RoutingFigures;
import troupe.cluster.simulation.Window;
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
            names = "--warm-up",
            paramLabel = "WORKLOAD=MINUTES",
            split = ",",
            defaultValue = "conversations=1,agents=5,unique=0.5",
            description = "Requests of a workload come for so long before they count (${DEFAULT-VALUE}).")
    private Map<String, Double> warmUps = Map.of();

    @Option(
            names = "--minutes",
            paramLabel = "WORKLOAD=MINUTES",
            split = ",",
            defaultValue = "conversations=1,agents=5,unique=1",
            description = "Requests of a workload come for so long after that (${DEFAULT-VALUE}).")
    private Map<String, Double> minutes = Map.of();

    @Option(names = "--rounds", defaultValue = "1", description = "Runs of every policy, in turn (${DEFAULT-VALUE}).")
    private int rounds;

    @Override
    public Integer call() throws IOException, InterruptedException {
        System.setProperty(
                "LOG_LEVEL", "WARN"); // read when the first logger is made: a line a request is too much here
        List<Live> lives = new ArrayList<>();
        for (Map.Entry<String, Workload> named :
                options.workloads(options.requests).entrySet()) {
            Workload workload = named.getValue();
            double borne = Comparison.borne(options, workload);
            double speedup = Comparison.LOAD * borne;
            Window window = window(named.getKey(), workload, speedup);
            Comparison expected = Comparison.simulate(options, workload, borne, window);
            Map<String, List<RoutingFigures>> readings = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Policy policy : options.policies()) {
                    RoutingFigures figures = play(policy, workload, speedup, window);
                    System.err.printf("%s, %s: %s%n", workload.title(), policy.title(), figures);
                    readings.computeIfAbsent(policy.title(), _ -> new ArrayList<>())
                            .add(figures);
                }
            }
            Map<String, RoutingFigures> medians = new LinkedHashMap<>();
            readings.forEach((policy, each) -> medians.put(policy, Comparison.median(each)));
            lives.add(new Live(
                    new Comparison(workload, borne, speedup, expected.oneCacheHitRate(), medians, expected.floor()),
                    expected,
                    window));
        }
        Files.createDirectories(options.output);
        new RoutingReport(LocalDate.now(Clock.systemUTC()), Machine.describe(), options, rounds, lives)
                .write(options.output);
        return 0;
    }

    private Window window(String name, Workload workload, double speedup) throws IOException {
        double warmUp = of(name, "--warm-up", warmUps);
        double counted = of(name, "--minutes", minutes);
        double lasts = workload.startSeconds(workload.size() - 1) / speedup / 60;
        if (lasts < warmUp + counted) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "--warm-up %.1f and --minutes %.1f of '%s': it lasts %.1f minutes at its speed here",
                    warmUp,
                    counted,
                    name,
                    lasts));
        }
        return new Window(Math.round(warmUp * 60e9), Math.round((warmUp + counted) * 60e9));
    }

    private static double of(String workload, String option, Map<String, Double> each) throws IOException {
        Double found = each.get(workload);
        if (found == null) {
            throw new IOException(option + " says nothing of '" + workload + "', only of " + each.keySet());
        }
        return found;
    }

    private RoutingFigures play(Policy policy, Workload workload, double speedup, Window window)
            throws IOException, InterruptedException {
        try (LiveCluster cluster = LiveCluster.start(options, policy.setting())) {
            cluster.play(new UniquePrompts(WARMING, WARMING_SEED), 1, Window.ALL);
            return cluster.play(workload, speedup, window);
        }
    }
}
