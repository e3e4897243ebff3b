package troupe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import troupe.bench.peer.Peer;
import troupe.bench.probe.MachineProbe;
import troupe.conf.EngineSettings;
import troupe.conf.Settings;
import troupe.engine.cpu.CpuExecutor;
import troupe.engine.model.Model;
import troupe.engine.model.ModelConfig;
import troupe.engine.model.ModelLoader;

/** Measures rows of one file with the engine in this process against the peers' benchmark programs. */
final class EngineRows implements AutoCloseable {
    private static final String OURS = "Troupe";
    private static final String LIMIT = "limit";

    private final Path file;
    private final List<Peer> peers;
    private final Optional<MachineProbe> probe;
    private final Interleaving interleaving;
    private final int warmUps;
    private final Model model;
    private final CpuExecutor executor;
    private final TroupeEngine engine;

    /**
     * Loads the file.
     *
     * @param warmUps readings of each row that do not count
     * @throws troupe.engine.gguf.ModelFormatException if the file has something that this engine does not know
     */
    EngineRows(
            Path file,
            Path cache,
            int threads,
            List<Peer> peers,
            Optional<MachineProbe> probe,
            Interleaving interleaving,
            int warmUps)
            throws IOException, InterruptedException {
        this.file = file;
        this.peers = List.copyOf(peers);
        this.probe = probe;
        this.interleaving = interleaving;
        this.warmUps = warmUps;
        EngineSettings settings =
                Settings.load(null, "troupe.engine.threads = " + threads).engine();
        this.model = new ModelLoader(cache).load(file);
        try {
            this.executor = CpuExecutor.open(model, settings, cache);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
        executor.awaitPages(); // else they would be fetched beside the peer's readings
        this.engine = new TroupeEngine(executor, settings);
    }

    /** The name of the kernels that run. */
    String kernels() {
        return executor.info().kernels();
    }

    int vocabulary() {
        return executor.info().vocabularySize();
    }

    List<Outcome> measure(Row row, Work.InEngine work) throws IOException, InterruptedException {
        Workload workload = work.workload();
        Figure figure = row.figures().getFirst();
        for (int i = 0; i < warmUps; i++) {
            engine.measure(workload); // compiles what is hot, and brings the weights into memory for all sides
        }
        Map<String, Interleaving.Side> sides = new LinkedHashMap<>();
        sides.put(OURS, () -> Map.of(figure, engine.measure(workload)));
        peers.forEach(peer -> sides.put(peer.name(), () -> Map.of(figure, theirs(peer, workload))));
        OptionalDouble limit = limit(work);
        if (limit.isPresent()) {
            sides.put(LIMIT, () -> Map.of(figure, limit(work).orElseThrow()));
        }
        Interleaving.Readings readings = interleaving.run(row.id(), sides);
        List<Outcome> outcomes = new ArrayList<>();
        outcomes.add(new Outcome.Measured(
                row,
                figure,
                readings.of(OURS, figure),
                Outcome.ofPeers(peers, peer -> readings.of(peer.name(), figure)),
                limit.isPresent() ? Optional.of(readings.of(LIMIT, figure)) : Optional.empty(),
                readings.noisy()));
        return outcomes;
    }

    private double theirs(Peer peer, Workload workload) throws IOException, InterruptedException {
        int generated = workload.generatedTokens();
        if (workload.figure() == Workload.Figure.PREFILL) {
            return peer.prefill(file, workload.promptTokens());
        }
        if (workload.streams() > 1) {
            return peer.parallelDecode(file, workload.streams(), workload.promptTokens(), generated);
        }
        int depth = workload.promptTokens() == 1 ? 0 : workload.promptTokens();
        return peer.decode(file, depth, generated);
    }

    /** Tokens per second that the machine allows at most, measured now. */
    private OptionalDouble limit(Work.InEngine work) throws InterruptedException {
        return switch (work.limit()) {
            case NONE -> OptionalDouble.empty();
            case WEIGHTS -> streaming(executor.memory().weightBytes());
            case WEIGHTS_AND_CONTEXT ->
                streaming(executor.memory().weightBytes()
                        + Math.ceilDiv(
                                        (long) work.workload().promptTokens(),
                                        executor.memory().blockTokens())
                                * executor.memory().kvBlockBytes());
            case SCALED_INT8 ->
                probe.isEmpty()
                        ? OptionalDouble.empty()
                        : divided(
                                probe.get().scaledInt8Operations(executor.threads()),
                                operationsPerToken(model.config()));
        };
    }

    private OptionalDouble streaming(long bytes) throws InterruptedException {
        return probe.isEmpty()
                ? OptionalDouble.empty()
                : divided(probe.get().readBandwidth(executor.threads(), bytes), (double) bytes);
    }

    private static OptionalDouble divided(OptionalDouble perSecond, double perToken) {
        return perSecond.isEmpty() ? perSecond : OptionalDouble.of(perSecond.getAsDouble() / perToken);
    }

    /** Of the layers' matrix products; a prompt needs the head once only. */
    static double operationsPerToken(ModelConfig config) {
        double embedding = config.embeddingLength();
        double weights = 2 * embedding * config.queryLength()
                + 2 * embedding * config.keyValueLength()
                + 3 * embedding * config.feedForwardLength();
        return 2 * weights * config.blockCount();
    }

    @Override
    public void close() {
        engine.close();
        model.close();
    }
}
