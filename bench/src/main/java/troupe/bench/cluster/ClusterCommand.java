package troupe.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import troupe.multinode.Load;

/** Shows a cluster at work; fails where a request fails or an answer changes. */
@Command(
        name = "cluster",
        mixinStandardHelpOptions = true,
        description =
                "Starts 2 gateways and 3 workers on this machine with two models, and does with them what operators"
                        + " do while clients ask. Says what happens, and at the end how many requests failed or changed.")
public final class ClusterCommand implements Callable<Integer> {
    @Parameters(paramLabel = "SCENARIO", description = "${COMPLETION-CANDIDATES}; by default all, one after the other.")
    private List<Scenario> scenarios = new ArrayList<>();

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "The first one.")
    private String model = "";

    @Option(names = "--clients", defaultValue = "4", description = "That ask at once (${DEFAULT-VALUE}).")
    private int clients;

    @Override
    @SuppressWarnings("ClosingStandardOutputStreams") // closing the show ends its processes, not the stream
    public Integer call() throws IOException, InterruptedException {
        List<Scenario> wanted = scenarios.isEmpty() ? List.of(Scenario.values()) : scenarios;
        Path folder = Files.createTempDirectory("troupe-cluster-");
        int requests = 0;
        int retried = 0;
        int failed = 0;
        int changed = 0;
        try (ClusterShow show = new ClusterShow(folder, model, clients, System.out)) {
            show.start();
            for (Scenario scenario : wanted) {
                Load.Counts counts = show.play(scenario);
                requests += counts.requests();
                retried += counts.retried();
                failed += counts.failed();
                changed += counts.changed();
            }
        }
        System.out.println("requests " + requests + " (sent again to another gateway: " + retried + "), failed "
                + failed + ", changed " + changed);
        return failed + changed == 0 ? 0 : 1;
    }
}
