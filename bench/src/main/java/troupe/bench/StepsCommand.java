package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelStore;
import troupe.engine.store.ProgressListener;

/** Where the time of a step goes: phase by phase within the engine, and what the server adds to it. */
@Command(
        name = "steps",
        mixinStandardHelpOptions = true,
        description = "Where the time of a step goes, phase by phase; writes a table and a chart.")
final class StepsCommand implements Callable<Integer> {
    private static final List<Workload> WORKLOADS = List.of(
            new Workload("decode 1", 32, 128, 1, Workload.Figure.DECODE),
            new Workload("decode 16", 128, 96, 16, Workload.Figure.DECODE),
            new Workload("decode 64", 64, 112, 64, Workload.Figure.DECODE),
            new Workload("prefill 512", 512, 1, 1, Workload.Figure.PREFILL));

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "What runs.")
    private String model = "";

    @Option(names = "--threads", defaultValue = "2", description = "That compute (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--repeats", defaultValue = "5", description = "Readings of every figure (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "--output", paramLabel = "FOLDER", defaultValue = "docs/benchmarks", description = "Of the report.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path cache = CacheFolder.ofThisUser();
        ModelStore store = ModelStore.of(cache);
        Path file =
                store.resolve(model).present() ? store.resolve(model).path() : store.pull(model, ProgressListener.NONE);
        Map<Workload, StepFigures> engine = new LinkedHashMap<>();
        EngineSettings settings =
                Settings.load(null, "troupe.engine.threads = " + threads).engine();
        String kernels;
        try (Model loaded = new ModelLoader(cache).load(file);
                ProfiledEngine profiled = new ProfiledEngine(loaded, settings, cache, WORKLOADS.getFirst())) {
            kernels = profiled.kernels();
            measureEngine(profiled, engine);
        }
        Map<Workload, Measurement> served = measureServer(file);
        Files.createDirectories(output);
        new StepsReport(file, kernels, threads, repeats, Machine.describe(), Machine.kind(), engine, served)
                .write(output, Clock.systemUTC());
        return 0;
    }

    private void measureEngine(ProfiledEngine profiled, Map<Workload, StepFigures> figures)
            throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            for (Workload workload : WORKLOADS) {
                profiled.measure(workload); // compiles what is hot
            }
        }
        for (Workload workload : WORKLOADS) {
            List<StepFigures> readings = new ArrayList<>();
            for (int i = 0; i < repeats; i++) {
                readings.add(profiled.measure(workload));
            }
            StepFigures median = StepFigures.median(readings);
            System.err.printf(
                    "%s: %.0f us a step, %.0f of it around it%n",
                    workload.title(), median.totalMicros(), median.hostMicros());
            figures.put(workload, median);
        }
    }

    private Map<Workload, Measurement> measureServer(Path file) throws IOException, InterruptedException {
        Map<Workload, Measurement> served = new LinkedHashMap<>();
        try (ServedTokens server = ServedTokens.start(file, threads)) {
            for (Workload workload : WORKLOADS) {
                if (workload.figure() == Workload.Figure.DECODE) {
                    List<Double> readings = new ArrayList<>();
                    for (int i = 0; i < 1 + repeats; i++) {
                        double micros = server.measure(workload);
                        if (i >= 1) {
                            readings.add(micros);
                        }
                    }
                    served.put(workload, new Measurement(readings));
                    System.err.printf(
                            "%s, served: %.0f us a token of a stream%n",
                            workload.title(), served.get(workload).median());
                }
            }
        }
        return served;
    }
}
