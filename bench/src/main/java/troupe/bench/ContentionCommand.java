package troupe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelStore;
import troupe.engine.store.ProgressListener;

/** What throughput stays while a foreign process takes one core: readings with and without it in turn. */
@Command(
        name = "contention",
        mixinStandardHelpOptions = true,
        description = "What throughput stays while a foreign process takes one core; writes a table.")
final class ContentionCommand implements Callable<Integer> {
    private static final List<Workload> WORKLOADS = List.of(
            new Workload("decode 1", 32, 512, 1, Workload.Figure.DECODE),
            new Workload("decode 16", 64, 128, 16, Workload.Figure.DECODE),
            new Workload("prefill 16 x 512", 512, 1, 16, Workload.Figure.PREFILL));

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "What runs.")
    private String model = "";

    @Option(names = "--threads", defaultValue = "2", description = "That compute (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--repeats", defaultValue = "5", description = "Pairs of readings (${DEFAULT-VALUE}).")
    private int repeats;

    @Mixin
    private ReportFolder output = new ReportFolder();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path cache = CacheFolder.ofThisUser();
        ModelStore store = ModelStore.of(cache);
        Path file =
                store.resolve(model).present() ? store.resolve(model).path() : store.pull(model, ProgressListener.NONE);
        EngineSettings settings =
                Settings.load(null, "troupe.engine.threads = " + threads).engine();
        StringBuilder rows = new StringBuilder();
        try (Model loaded = new ModelLoader(cache).load(file);
                ProfiledEngine engine = new ProfiledEngine(loaded, settings, cache, WORKLOADS.getFirst())) {
            for (Workload workload : WORKLOADS) {
                rows.append(measure(engine, workload));
            }
        }
        System.err.println("written: " + output.write("contention", markdown(file, rows)));
        return 0;
    }

    private String measure(ProfiledEngine engine, Workload workload) throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            engine.measure(workload); // compiles what is hot
        }
        List<Double> alone = new ArrayList<>();
        List<Double> beside = new ArrayList<>();
        for (int i = 0; i < repeats; i++) {
            alone.add(settled(engine, workload));
            Process foreign = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
            try {
                beside.add(settled(engine, workload));
            } finally {
                foreign.destroyForcibly().waitFor();
            }
        }
        Measurement kept = new Measurement(beside);
        String row = String.format(
                Locale.ROOT,
                "| %s | %.1f | %.1f | %.0f%% |%n",
                workload.title(),
                new Measurement(alone).median(),
                kept.median(),
                100 * kept.medianRatioTo(new Measurement(alone)));
        System.err.print(row);
        return row;
    }

    /** Steps a second, once the engine has noticed what else runs. */
    private static double settled(ProfiledEngine engine, Workload workload) throws InterruptedException {
        engine.measure(workload);
        return 1e6 / engine.measure(workload).totalMicros();
    }

    private String markdown(Path file, StringBuilder rows) throws IOException {
        return "# Beside a foreign process\n\n`./troupe bench contention --threads " + threads + " --repeats " + repeats
                + "`, " + LocalDate.now(Clock.systemUTC()) + ", `" + file.getFileName()
                + "`: steps per second, alone and while a foreign process, an endless loop that the kernel may move, takes"
                + " a core. Readings in turn, each after as long a run that does not count, in which the engine notices what"
                + " else runs; medians, and the median of the ratios of neighbours.\n\nMachine: "
                + Machine.describe() + ".\n\n| | alone | beside it | stays |\n|---|---|---|---|\n" + rows;
    }
}
