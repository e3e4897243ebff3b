package troupe.bench.failures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import troupe.bench.Machine;
import troupe.bench.peer.NamedModel;
import troupe.bench.peer.RandomLlama;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.ChaosCluster;
import troupe.multinode.chaos.Slot;

/** Measures what failures and overload cost clients; fails where an answer is lost or changed. */
@Command(
        name = "failures",
        mixinStandardHelpOptions = true,
        description = {
            "How long streams stand still when a worker or a gateway dies or stops, what replication costs, how soon refusals"
                    + " come, what a slow node and a flood do to others; writes a table and a chart.",
            "Ends with status 1 where an answer was lost or changed."
        })
public final class FailuresCommand implements Callable<Integer> {

    /** What is measured. */
    private enum Part {
        FAULTS,
        SLOW_NODE,
        REPLICATION,
        FLOOD,
        REFUSALS;

        /** As it is typed. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PART",
            description = "${COMPLETION-CANDIDATES}; by default all.")
    private List<Part> only = new ArrayList<>();

    @Option(
            names = "--quick",
            description = "A small model made on the spot, one fault of each kind: whether it works.")
    private boolean quick;

    @Option(
            names = "--model",
            paramLabel = "NAME|PATH",
            description = "smollm2-135m; with --quick " + RandomLlama.SMALL_NAME + ".")
    private @Nullable String model;

    @Option(names = "--faults", description = "Of each kind (5; with --quick 1).")
    private @Nullable Integer faults;

    @Option(names = "--readings", description = "Of figures that are read again and again (6; with --quick 1).")
    private @Nullable Integer readings;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Of the report (docs/benchmarks; with --only or --quick: bench/target/failures).")
    private @Nullable Path output;

    private final long begin = System.nanoTime();

    @Override
    public Integer call() throws IOException, InterruptedException {
        FailureOptions options = options(Files.createTempDirectory("troupe-failures-"));
        say("logs: " + options.folder());
        FailureFigures figures = measure(options);
        Path reports = Files.createDirectories(output == null ? defaultOutput() : output);
        String chart = "";
        if (figures.faults() != null) {
            chart = "failures.png";
            FailuresChart.write(figures.faults(), reports.resolve(chart));
        }
        String report = FailuresReport.markdown(
                options, figures, commandLine() + ", " + LocalDate.now(Clock.systemUTC()), Machine.describe(), chart);
        Files.writeString(reports.resolve("failures.md"), report);
        System.out.println(report);
        return figures.isRight() ? 0 : 1;
    }

    /** A part does not replace the whole. */
    private Path defaultOutput() {
        return Path.of(quick || !only.isEmpty() ? "bench/target/failures" : "docs/benchmarks");
    }

    private FailureFigures measure(FailureOptions options) throws IOException, InterruptedException {
        Clusters clusters = new Clusters(options, this::say);
        FaultTrial.Result faultFigures = null;
        SlowNodeTrial.Result slowNode = null;
        Map<ReplicationTrial.Way, ReplicationTrial.Cost> replication = null;
        FloodTrial.Result flood = null;
        RefusalTrial.Result refusals = null;
        if (wants(Part.FAULTS) || wants(Part.SLOW_NODE) || wants(Part.REPLICATION)) {
            try (ChaosCluster cluster = clusters.start("cluster", Clusters.GATEWAYS, Map.of())) {
                faultFigures = wants(Part.FAULTS) ? new FaultTrial(options, cluster, this::say).run() : null;
                slowNode = wants(Part.SLOW_NODE) ? new SlowNodeTrial(options, cluster, this::say).run() : null;
                replication = wants(Part.REPLICATION) ? replication(options, clusters, cluster) : null;
            }
        }
        if (wants(Part.FLOOD) || wants(Part.REFUSALS)) {
            Path keys = options.folder().resolve("keys.conf");
            Keys.write(keys);
            try (ChaosCluster cluster =
                    clusters.start("cluster-with-keys", Clusters.GATEWAYS, Map.of("http.keys-file", keys.toString()))) {
                Slot gateway = cluster.gateways().getLast();
                flood = wants(Part.FLOOD) ? new FloodTrial(options, cluster.url(gateway), this::say).run() : null;
                refusals = wants(Part.REFUSALS) ? refusals(options, cluster, gateway) : null;
            }
        }
        return new FailureFigures(faultFigures, replication, refusals, slowNode, flood);
    }

    private Map<ReplicationTrial.Way, ReplicationTrial.Cost> replication(
            FailureOptions options, Clusters clusters, ChaosCluster replicating)
            throws IOException, InterruptedException {
        try (ChaosCluster other =
                clusters.start("cluster-without-replicas", Clusters.GATEWAYS, Map.of("sequence.replicate", "off"))) {
            return new ReplicationTrial(options, replicating, other, this::say).run();
        }
    }

    private RefusalTrial.Result refusals(FailureOptions options, ChaosCluster cluster, Slot gateway)
            throws IOException, InterruptedException {
        cluster.replace(
                gateway,
                gateway.launch()
                        .with("http.max-open-requests", String.valueOf(RefusalTrial.PLACES))
                        .with("http.tenant-share", "1"));
        try (Asker asker = FloodTrial.asker(cluster.url(gateway), Keys.BUSY)) {
            return new RefusalTrial(options, cluster.url(gateway), this::say).run(asker);
        }
    }

    private boolean wants(Part part) {
        return only.isEmpty() || only.contains(part);
    }

    private FailureOptions options(Path folder) throws IOException {
        String asked = model == null ? quick ? RandomLlama.SMALL_NAME : "smollm2-135m" : model;
        NamedModel served = NamedModel.of(asked, folder, Prompts.SEED);
        return new FailureOptions(
                served.source(),
                served.name(),
                12,
                512,
                faults == null ? quick ? 1 : 5 : faults,
                readings == null ? quick ? 1 : 6 : readings,
                quick ? 2 : 8,
                folder);
    }

    private String commandLine() {
        List<String> given =
                Objects.requireNonNull(spec).commandLine().getParseResult().originalArgs();
        return "`./troupe bench " + String.join(" ", given) + "`";
    }

    private void say(String line) {
        System.out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - begin) / 1e9, line);
    }
}
