package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import troupe.bench.peer.IkLlamaCpp;
import troupe.bench.peer.LlamaCpp;
import troupe.bench.peer.ModelFiles;
import troupe.bench.peer.Peer;
import troupe.bench.peer.PeerPrograms;
import troupe.bench.probe.CpuTime;
import troupe.bench.probe.MachineProbe;
import troupe.engine.store.CacheFolder;
import troupe.engine.store.ModelReference;
import troupe.engine.store.ModelStore;
import troupe.engine.store.ProgressListener;

/** Compares this engine and server with llama.cpp, and ik_llama.cpp where it is there, on the same files in one run. */
@Command(
        name = "peers",
        mixinStandardHelpOptions = true,
        description = "Compares with llama.cpp on the same files, readings in turn; writes a table and a chart.")
final class PeersCommand implements Callable<Integer> {
    private static final int WARM_UPS = 3;
    private static final int PATIENCE = 4;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--llama-cpp",
            paramLabel = "FOLDER",
            description = "Has llama-bench and the others; else the PATH and what --build-peer built are searched.")
    private @Nullable Path llamaCpp;

    @Option(
            names = "--ik-llama-cpp",
            paramLabel = "FOLDER",
            description = "Has ik_llama.cpp's llama-bench and the others; else what --build-peer built is searched.")
    private @Nullable Path ikLlamaCpp;

    @Option(
            names = "--build-peer",
            description = "Builds llama.cpp, and on AVX2 ik_llama.cpp, where not found; 5 minutes or more each.")
    private boolean buildPeer;

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "Of both sides.")
    private String model = "";

    @Option(names = "--threads", description = "Of both sides (all cores).")
    private @Nullable Integer threads;

    @Option(names = "--repeats", description = "Readings of every figure (5).")
    private @Nullable Integer repeats;

    @Option(
            names = "--rows",
            split = ",",
            paramLabel = "ID",
            description = "Only these rows, by their ids or how those begin.")
    private List<String> rows = List.of();

    @Option(names = "--quick", description = "One reading each, to see that all works; no figures to quote.")
    private boolean quick;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Of the report (docs/benchmarks; with --rows or --quick: bench/target/peers).")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Row> wanted = wantedRows();
        Path cache = CacheFolder.ofThisUser();
        Path work = Files.createDirectories(cache.resolve("bench"));
        int used = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        int readings = quick ? 1 : repeats == null ? 5 : repeats;
        PeerPrograms programs = new PeerPrograms(work, llamaCpp, ikLlamaCpp);
        if (buildPeer) {
            programs.build(Machine.kind() == ProcessorKind.AVX2);
        }
        Optional<Path> llamaCppPrograms = programs.llamaCpp();
        if (llamaCppPrograms.isEmpty()) {
            System.err.println("llama.cpp was not found. Name the folder of its programs with --llama-cpp, or let"
                    + " --build-peer build it (5 minutes or more).");
            return 1;
        }
        List<Peer> peers = new ArrayList<>();
        LlamaCpp quantizer = new LlamaCpp(llamaCppPrograms.get(), true, used, work);
        peers.add(new LlamaCpp(llamaCppPrograms.get(), false, used, work));
        peers.add(quantizer);
        programs.ikLlamaCpp().ifPresent(folder -> peers.add(new IkLlamaCpp(folder, used, work)));
        Path file = modelFile(cache);
        Comparison comparison = new Comparison(new Comparison.Setup(
                peers,
                new ModelFiles(file, work, quantizer),
                MachineProbe.find(),
                cache,
                work,
                used,
                quick ? 1 : WARM_UPS,
                new Interleaving(readings, quick ? 0 : PATIENCE, CpuTime::now)));
        comparison.run(wanted);
        PeerReport report = new PeerReport(
                new PeerReport.Run(
                        LocalDate.now(Clock.systemUTC()),
                        String.valueOf(file.getFileName()),
                        comparison.kernels(),
                        used,
                        readings,
                        quick,
                        Machine.describe(),
                        Machine.kind()),
                comparison.outcomes(),
                comparison.sanities());
        report.write(Files.createDirectories(folder()));
        return report.complete() ? 0 : 1;
    }

    private List<Row> wantedRows() {
        if ((threads != null && threads < 1) || (repeats != null && repeats < 1)) {
            throw new ParameterException(commandLine(), "--threads and --repeats are at least 1");
        }
        try {
            return Rows.matching(Rows.all(quick), rows);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine(), "--rows: " + e.getMessage(), e);
        }
    }

    private picocli.CommandLine commandLine() {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the specification before it calls");
        }
        return spec.commandLine();
    }

    private Path modelFile(Path cache) throws IOException, InterruptedException {
        ModelStore store = ModelStore.of(cache);
        ModelReference reference = store.resolve(model);
        return (reference.present() ? reference.path() : store.pull(model, ProgressListener.NONE)).toAbsolutePath();
    }

    /** A part of the comparison does not overwrite the whole one. */
    private Path folder() {
        if (output != null) {
            return output;
        }
        return Path.of(quick || !rows.isEmpty() ? "bench/target/peers" : "docs/benchmarks");
    }
}
