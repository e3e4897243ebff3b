package troupe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import troupe.bench.peer.ModelFiles;
import troupe.bench.peer.Peer;
import troupe.bench.peer.PeerModel;
import troupe.bench.probe.MachineProbe;
import troupe.engine.gguf.ModelFormatException;

/**
 * Runs rows of the comparison, file by file: first both servers are asked for a text, then the rows of the servers are
 * read, then those of the engine. What fails costs its row only.
 */
final class Comparison {
    /**
     * What a comparison needs.
     *
     * @param peers at least one of them a reference
     * @param cache of the user, for packed weights
     * @param work folder for logs, exists
     */
    record Setup(
            List<Peer> peers,
            ModelFiles files,
            Optional<MachineProbe> probe,
            Path cache,
            Path work,
            int threads,
            int warmUps,
            Interleaving interleaving) {}

    private final Setup setup;
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Sanity> sanities = new ArrayList<>();
    private String kernels = "no";

    Comparison(Setup setup) {
        this.setup = setup;
    }

    void run(List<Row> rows) throws InterruptedException {
        Map<PeerModel, List<Row>> byModel = new LinkedHashMap<>();
        rows.forEach(row ->
                byModel.computeIfAbsent(row.model(), _ -> new ArrayList<>()).add(row));
        for (Map.Entry<PeerModel, List<Row>> entry : byModel.entrySet()) {
            try {
                run(entry.getKey(), setup.files().file(entry.getKey()), entry.getValue());
            } catch (IOException | RuntimeException e) {
                fail(entry.getValue(), e);
            }
        }
        outcomes.sort(Comparator.comparingInt(outcome -> rows.indexOf(outcome.row())));
    }

    private void run(PeerModel model, Path file, List<Row> rows) throws IOException, InterruptedException {
        try (EngineRows engine = new EngineRows(
                file,
                setup.cache(),
                setup.threads(),
                setup.peers(),
                setup.probe(),
                setup.interleaving(),
                setup.warmUps())) {
            kernels = engine.kernels();
            overHttp(model, file, rows, engine.vocabulary());
            for (Row row : rows) {
                if (row.work() instanceof Work.InEngine work) {
                    attempt(row, () -> engine.measure(row, work));
                }
            }
        }
    }

    private void overHttp(PeerModel model, Path file, List<Row> rows, int vocabulary) throws InterruptedException {
        try (ServerRows servers = new ServerRows(
                file, setup.threads(), setup.peers(), setup.work(), setup.interleaving(), setup.warmUps())) {
            sanities.add(servers.sanity(model));
            for (Row row : rows) {
                if (row.work() instanceof Work.OverHttp work) {
                    attempt(row, () -> servers.measure(row, work, vocabulary));
                }
            }
        } catch (IOException | RuntimeException e) {
            sanities.add(Sanity.unanswered(model, "the servers did not answer: " + e));
            fail(
                    rows.stream()
                            .filter(row -> row.work() instanceof Work.OverHttp)
                            .toList(),
                    e);
        }
    }

    private interface Reading {
        List<Outcome> take() throws IOException, InterruptedException;
    }

    private void attempt(Row row, Reading reading) throws InterruptedException {
        try {
            outcomes.addAll(reading.take());
        } catch (IOException | RuntimeException e) {
            fail(List.of(row), e);
        }
    }

    private void fail(List<Row> rows, Exception e) {
        if (e instanceof RuntimeException && !(e instanceof ModelFormatException)) {
            e.printStackTrace(); // a fault of ours
        }
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        for (Row row : rows) {
            System.err.println(row.id() + ": not measured: " + reason);
            outcomes.add(new Outcome.Failed(row, reason));
        }
    }

    /** In the order of the rows. */
    List<Outcome> outcomes() {
        return outcomes;
    }

    /** One for each file that could be loaded. */
    List<Sanity> sanities() {
        return sanities;
    }

    /** The kernels that ran on our side. */
    String kernels() {
        return kernels;
    }
}
