package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import troupe.bench.load.CompletionClient;
import troupe.bench.load.LoadGenerator;
import troupe.bench.load.LoadPlan;
import troupe.bench.load.LoadReport;
import troupe.bench.peer.Peer;
import troupe.bench.peer.PeerModel;
import troupe.bench.peer.ServerProcess;

/** Our server and the peers' over one file, all started once and loaded in turn by one load generator. */
final class ServerRows implements AutoCloseable {
    /** The path of the command that starts our server, a system property. */
    static final String LAUNCHER = "launcher";

    private static final String OURS = "Troupe";
    private static final int SLOTS = 8;
    private static final int SLOT_TOKENS = 256;
    private static final long SEED = 7;

    private record Running(ServerProcess process, CompletionClient client) {
        void close() {
            client.close();
            process.close();
        }
    }

    private final Map<String, Running> servers = new LinkedHashMap<>();
    private final List<Peer> peers;
    private final Interleaving interleaving;
    private final int warmUps;
    private final Random random = new Random(SEED);

    /**
     * Starts the servers.
     *
     * @param work folder for logs and settings, exists
     * @param warmUps loads of each row that do not count
     * @throws IOException if one does not start; says the end of its log
     */
    ServerRows(Path file, int threads, List<Peer> peers, Path work, Interleaving interleaving, int warmUps)
            throws IOException, InterruptedException {
        this.peers = List.copyOf(peers);
        this.interleaving = interleaving;
        this.warmUps = warmUps;
        try {
            int port = ServerProcess.freePort();
            start(OURS, ourCommand(file, threads, port, work), port, work.resolve("troupe-server.log"));
            for (Peer peer : peers) {
                int theirs = ServerProcess.freePort();
                start(
                        peer.name(),
                        peer.serverCommand(file, theirs, SLOTS, SLOT_TOKENS),
                        theirs,
                        work.resolve(peer.name().replaceAll("[^A-Za-z0-9.]+", "-") + "-server.log"));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void start(String name, List<String> command, int port, Path log) throws IOException, InterruptedException {
        ServerProcess process = ServerProcess.start(command, port, log);
        servers.put(name, new Running(process, new CompletionClient(process.address())));
    }

    private static List<String> ourCommand(Path file, int threads, int port, Path work) throws IOException {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null) {
            throw new IOException("the system property " + LAUNCHER
                    + " does not say which command starts our server; start this by ./troupe bench");
        }
        Path settings =
                Files.writeString(work.resolve("troupe-server.conf"), "troupe.engine.threads = " + threads + "\n");
        return List.of(
                launcher,
                "serve",
                "--model",
                file.toString(),
                "--port",
                Integer.toString(port),
                "--config",
                settings.toString());
    }

    /** Asks both for the same text. */
    Sanity sanity(PeerModel model) throws IOException, InterruptedException {
        return Sanity.of(
                model,
                client(OURS).complete(Sanity.PROMPT, Sanity.TOKENS),
                client(peers.getFirst().name()).complete(Sanity.PROMPT, Sanity.TOKENS));
    }

    /** @param vocabulary of the model, for random prompts */
    List<Outcome> measure(Row row, Work.OverHttp work, int vocabulary) throws IOException, InterruptedException {
        LoadPlan plan = new LoadPlan(
                work.clients(), work.requests(), Work.OverHttp.PROMPT_TOKENS, Work.OverHttp.OUTPUT_TOKENS, vocabulary);
        Map<String, Interleaving.Side> sides = new LinkedHashMap<>();
        for (String name : servers.keySet()) {
            for (int i = 0; i < warmUps; i++) {
                LoadGenerator.run(client(name), plan, random);
            }
            sides.put(name, () -> figures(row, LoadGenerator.run(client(name), plan, random)));
        }
        Interleaving.Readings readings = interleaving.run(row.id(), sides);
        List<Outcome> outcomes = new ArrayList<>();
        for (Figure figure : row.figures()) {
            outcomes.add(new Outcome.Measured(
                    row,
                    figure,
                    readings.of(OURS, figure),
                    Outcome.ofPeers(peers, peer -> readings.of(peer.name(), figure)),
                    Optional.empty(),
                    readings.noisy()));
        }
        return outcomes;
    }

    private static Map<Figure, Double> figures(Row row, LoadReport report) {
        Map<Figure, Double> figures = new LinkedHashMap<>();
        for (Figure figure : row.figures()) {
            figures.put(figure, Rows.of(figure, report));
        }
        return figures;
    }

    private CompletionClient client(String name) {
        Running running = servers.get(name);
        if (running == null) {
            throw new IllegalArgumentException("no server is called " + name);
        }
        return running.client();
    }

    @Override
    public void close() {
        servers.values().forEach(Running::close);
        servers.clear();
    }
}
