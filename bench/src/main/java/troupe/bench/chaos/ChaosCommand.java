package troupe.bench.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import troupe.bench.JvmFlags;
import troupe.bench.peer.NamedModel;
import troupe.bench.peer.RandomLlama;
import troupe.engine.store.CacheFolder;
import troupe.multinode.chaos.ChaosOptions;
import troupe.multinode.chaos.ChaosRun;
import troupe.multinode.chaos.ChaosTable;
import troupe.multinode.chaos.ScenarioResult;
import troupe.multinode.chaos.Scenarios;

/** Breaks a cluster of processes on this machine while clients ask it; fails where an answer is lost or changed. */
@Command(
        name = "chaos",
        mixinStandardHelpOptions = true,
        description = {
            "Starts gateways and workers on this machine, asks them undisturbed, then kills, stops, cuts off and slows down"
                    + " while clients ask again, and compares every answer bit for bit.",
            "Ends with status 1 where an answer was lost or changed, something hung, or something was left behind."
        })
public final class ChaosCommand implements Callable<Integer> {
    /** Small, and quick to start: what a test has the time for. */
    private static final List<String> SHORT = List.of("worker-kill", "native-crash", "gateway-kill");

    private static final Duration LASTING = Duration.ofSeconds(30);
    private static final Duration LASTING_IN_FULL = Duration.ofMinutes(10);
    private static final int REQUESTS = 15;
    private static final int REQUESTS_IN_FULL = 150;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--all",
            description = "Every scenario in full, about an hour; the table goes to docs/reliability.md too.")
    private boolean all;

    @Option(names = "--short", description = "2 gateways, 2 workers, a small model, three scenarios.")
    private boolean isShort;

    @Option(names = "--only", split = ",", paramLabel = "SCENARIO", description = "These; --list names all.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--list", description = "Names the scenarios.")
    private boolean list;

    @Option(names = "--minutes", paramLabel = "N", description = "Random scenarios until the time is over.")
    private int minutes;

    @Option(names = "--seed", defaultValue = "1", description = "Of requests, victims and moments (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--model",
            paramLabel = "NAME|PATH",
            description = "smollm2-135m; with --short " + RandomLlama.SMALL_NAME + ", which is made on the spot.")
    private @Nullable String model;

    @Option(names = "--gateways", description = "3; with --short 2.")
    private @Nullable Integer gateways;

    @Option(names = "--workers", description = "3; with --short 2.")
    private @Nullable Integer workers;

    @Option(names = "--clients", defaultValue = "10", description = "That ask at once (${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--requests",
            description = "Of each client in each scenario, or more while something happens (15; with --all 150).")
    private @Nullable Integer requests;

    @Option(
            names = "--lasting",
            paramLabel = "SECONDS",
            description = "How long kills-every-few-seconds goes on (30; with --all 600).")
    private @Nullable Integer lasting;

    @Option(names = "--tokens", description = "Of an answer, about: 24; with the small model 150.")
    private @Nullable Integer tokens;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Writes the table between the marks of this Markdown file too.")
    private @Nullable Path report;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (list) {
            Scenarios.names().forEach(System.out::println);
            return 0;
        }
        List<String> wanted = wanted();
        Path written = all && report == null ? reportOfTheBuild() : report;
        Path folder = Files.createTempDirectory("troupe-chaos-");
        ChaosOptions options = options(folder);
        List<ScenarioResult> results;
        long begin = System.nanoTime();
        try (ChaosRun run = new ChaosRun(options, line -> say(begin, line), lasting())) {
            results = minutes > 0 ? playAtRandom(run, begin) : run.play(wanted);
        }
        System.out.println();
        System.out.print(ChaosTable.text(results));
        if (written != null) {
            ChaosReport.write(written, results, options, commandLine());
            System.out.println("the table is in " + written);
        }
        boolean isGood = results.stream().allMatch(ScenarioResult::isGood);
        System.out.println(isGood ? "nothing was lost, nothing was changed" : "NOT GOOD; evidence and logs: " + folder);
        return isGood ? 0 : 1;
    }

    private List<String> wanted() {
        for (String name : only) {
            if (!Scenarios.names().contains(name)) {
                throw new ParameterException(
                        command().commandLine(),
                        "there is no scenario " + name + ", there are " + String.join(", ", Scenarios.names()));
            }
        }
        if (!only.isEmpty()) {
            return only;
        }
        if (!all && !isShort && minutes == 0) {
            throw new ParameterException(command().commandLine(), "say --all, --short, --only or --minutes");
        }
        return isShort ? SHORT : Scenarios.names();
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec);
    }

    /** The launcher says where it is. */
    private static Path reportOfTheBuild() {
        return Path.of(System.getProperty("launcher", "troupe")).resolveSibling("docs/reliability.md");
    }

    /** The same seed gives the same scenarios in the same order, as many as there is time for. */
    private List<ScenarioResult> playAtRandom(ChaosRun run, long begin) throws IOException, InterruptedException {
        Random random = new Random(seed);
        List<String> names = only.isEmpty() ? Scenarios.names() : only;
        List<ScenarioResult> results = new ArrayList<>();
        while (System.nanoTime() - begin < Duration.ofMinutes(minutes).toNanos()) {
            results.addAll(run.play(List.of(names.get(random.nextInt(names.size())))));
        }
        return results;
    }

    private ChaosOptions options(Path folder) throws IOException {
        String asked = model == null ? isShort ? RandomLlama.SMALL_NAME : "smollm2-135m" : model;
        NamedModel served = NamedModel.of(asked, folder, seed);
        return new ChaosOptions(
                gateways == null ? isShort ? 2 : 3 : gateways,
                workers == null ? isShort ? 2 : 3 : workers,
                served.source(),
                served.name(),
                clients,
                requests == null ? isShort ? 6 : all ? REQUESTS_IN_FULL : REQUESTS : requests,
                isShort ? 1 : 3,
                tokens == null ? asked.equals(RandomLlama.SMALL_NAME) ? 150 : 24 : tokens,
                seed,
                folder,
                CacheFolder.ofThisUser(),
                Map.of("engine.kv-memory", "64MiB", "cluster.memory", "1GiB"),
                flags());
    }

    private Duration lasting() {
        return lasting != null ? Duration.ofSeconds(lasting) : all ? LASTING_IN_FULL : LASTING;
    }

    /** Less memory than a server's, since all are on one machine; no core dump where a node is made to crash. */
    private static List<String> flags() {
        List<String> flags = new ArrayList<>(JvmFlags.ofThisProcess());
        flags.addAll(List.of("-Xms64m", "-Xmx384m", "-XX:-CreateCoredumpOnCrash"));
        return flags;
    }

    private String commandLine() {
        List<String> given = command().commandLine().getParseResult().originalArgs();
        return "./troupe " + String.join(" ", given);
    }

    private static void say(long begin, String line) {
        System.out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - begin) / 1e9, line);
    }
}
