package troupe.bench.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import troupe.bench.JvmFlags;
import troupe.bench.peer.RandomLlama;
import troupe.engine.store.CacheFolder;
import troupe.multinode.Admin;
import troupe.multinode.Client;
import troupe.multinode.Launch;
import troupe.multinode.Load;
import troupe.multinode.NodeProcess;
import troupe.multinode.ProcessCluster;

/** Two gateways and three workers, each a process, two models, and clients; says what happens, with the seconds so far. */
final class ClusterShow implements AutoCloseable {
    private static final int WORKERS = 3;
    private static final int SECOND_MODEL_REPLICAS = 2;
    private static final int TOKENS = 48;
    private static final int REQUESTS = 12;
    private static final long SEED = 1;

    private final Path folder;
    private final String model;
    private final int clients;
    private final PrintStream out;
    private final ProcessCluster cluster;
    private final Admin admin;
    private final Client client = new Client();
    private final List<Load.Question> questions = new ArrayList<>();
    private final long begin = System.nanoTime();

    /**
     * @param folder of logs and of the second model
     * @param model the first one, a name or a path
     * @param clients that ask at once
     */
    ClusterShow(Path folder, String model, int clients, PrintStream out) {
        this.folder = folder;
        this.model = model;
        this.clients = clients;
        this.out = out;
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / WORKERS);
        cluster = new ProcessCluster(
                folder,
                CacheFolder.ofThisUser(),
                Map.of(
                        "http.port", "0",
                        "engine.threads", String.valueOf(threads),
                        "engine.kv-memory", "64MiB",
                        "cluster.memory", "2GiB",
                        "cluster.hand-over-after", "500ms"),
                JvmFlags.ofThisProcess());
        admin = new Admin(cluster);
    }

    /** Starts the cluster with both models, and asks every question once while nothing disturbs. */
    void start() throws IOException, InterruptedException {
        say("2 gateways and " + WORKERS + " workers start, each a process; their logs are in " + folder);
        cluster.start(Launch.of("gateway").serving(model)).address();
        cluster.start(Launch.of("gateway").serving(model));
        for (int i = 0; i < WORKERS; i++) {
            cluster.start(Launch.of("worker"));
        }
        for (NodeProcess gateway : cluster.gateways()) {
            say("a gateway listens on " + gateway.url());
        }
        awaitSettled(2 + WORKERS);
        Path second = folder.resolve(RandomLlama.SMALL.name() + ".gguf");
        RandomLlama.SMALL.write(second, SEED);
        admin.deploy(second.toString(), SECOND_MODEL_REPLICAS);
        say("a second model is deployed: " + RandomLlama.SMALL.name() + ", " + SECOND_MODEL_REPLICAS + " replicas");
        showReplicas(awaitSettled(2 + WORKERS));
        String url = cluster.urls().getFirst();
        for (JsonNode deployment : admin.view().path("deployments")) {
            String name = deployment.path("model").asText();
            for (String prompt : List.of("Once upon a time", "The capital of Italy is", "def add(a, b):")) {
                String body = Client.body(name, prompt, TOKENS, SEED);
                questions.add(new Load.Question(body, client.stream(url, body)));
            }
        }
        say(questions.size() + " questions are asked undisturbed: these answers count, token by token");
    }

    /** Does what the scenario says while clients ask. */
    Load.Counts play(Scenario scenario) throws IOException, InterruptedException {
        say("-- " + scenario + ": " + clients + " clients ask both models at both gateways");
        try (Load load = Load.start(client, cluster, questions, clients)) {
            load.awaitMore(clients);
            switch (scenario) {
                case TWO_MODELS -> {}
                case JOIN -> join();
                case ROLLING_RESTART -> restartAll();
            }
            load.awaitMore(REQUESTS);
            Load.Counts counts = load.stop();
            say(counts.requests() + " requests, " + counts.retried() + " sent again to another gateway, "
                    + counts.failed() + " failed, " + counts.changed() + " changed");
            Exception failure = load.failure();
            if (failure != null) {
                say("the first failure: " + failure);
            }
            return counts;
        }
    }

    private void join() throws IOException, InterruptedException {
        NodeProcess fresh = cluster.start(Launch.of("worker"));
        say("a worker joins: " + fresh.address());
        JsonNode view = awaitSettled(3 + WORKERS);
        showReplicas(view);
        NodeProcess busiest = cluster.workers().getFirst();
        for (NodeProcess worker : cluster.workers()) {
            if (replicas(view, worker) > replicas(view, busiest)) {
                busiest = worker;
            }
        }
        drain(busiest);
        showReplicas(awaitSettled(2 + WORKERS));
    }

    private static int replicas(JsonNode view, NodeProcess worker) throws IOException, InterruptedException {
        return Admin.node(view, worker.address()).path("replicas").size();
    }

    private void restartAll() throws IOException, InterruptedException {
        for (NodeProcess old : cluster.nodes()) {
            drain(old);
            NodeProcess fresh = cluster.start(old.launch());
            say("a " + fresh.launch().role() + " starts in its place: "
                    + (fresh.isGateway() ? fresh.url() : fresh.address()));
            awaitSettled(2 + WORKERS);
        }
        showReplicas(admin.view());
    }

    private void drain(NodeProcess node) throws IOException, InterruptedException {
        say("the " + node.launch().role() + " " + node.address() + " is drained");
        int status = admin.drainAndAwaitEnd(node);
        say("it has left" + (status == 0 ? "" : " with status " + status));
    }

    /** Waits until every worker runs something, and all replicas that are wanted take requests. */
    private JsonNode awaitSettled(int nodes) throws IOException, InterruptedException {
        return admin.await(nodes + " nodes, every deployment complete", view -> {
            boolean settled = view.path("nodes").size() == nodes
                    && !view.path("deployments").isEmpty();
            for (JsonNode node : view.path("nodes")) {
                boolean isWorker = node.path("roles").path(0).asText().equals("worker");
                settled &= !isWorker || !node.path("replicas").isEmpty();
            }
            for (JsonNode deployment : view.path("deployments")) {
                settled &= deployment.path("ready").asInt()
                        == deployment.path("replicas").asInt();
            }
            return settled;
        });
    }

    private void showReplicas(JsonNode view) {
        for (JsonNode node : view.path("nodes")) {
            List<String> models = node.path("replicas").findValuesAsText("model");
            if (!models.isEmpty()) {
                say("  worker " + node.path("name").asText() + " runs " + String.join(", ", models));
            }
        }
    }

    private void say(String line) {
        out.printf(Locale.ROOT, "%6.1f s  %s%n", (System.nanoTime() - begin) / 1e9, line);
    }

    @Override
    public void close() {
        cluster.close();
        admin.close();
        client.close();
    }
}
