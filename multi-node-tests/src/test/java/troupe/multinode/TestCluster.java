package troupe.multinode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import troupe.engine.testing.TinyLlama;

/** Processes that form one cluster around a model of a few kilobytes. */
final class TestCluster implements AutoCloseable {
    private static final int CONTEXT = 4_096;

    private final Path folder;
    private final List<NodeProcess> processes = new ArrayList<>();
    private final String first;
    private int started;

    /** Starts the first gateway and waits for it. */
    TestCluster(Path folder) throws IOException, InterruptedException {
        this.folder = folder;
        model("tiny", 1);
        NodeProcess gateway = start("gateway", List.of("--model", path("tiny").toString()), Map.of());
        first = gateway.address();
    }

    /** Writes a model that is another one for each seed. */
    Path model(String name, long seed) {
        return TinyLlama.writer(seed).uint32("llama.context_length", CONTEXT).write(path(name));
    }

    Path path(String name) {
        return folder.resolve(name + ".gguf");
    }

    /** Where other nodes join. */
    String first() {
        return first;
    }

    NodeProcess firstGateway() {
        return processes.getFirst();
    }

    /** Starts a node that joins the first gateway, and does not wait. */
    NodeProcess join(String role) throws IOException {
        return join(role, Map.of());
    }

    NodeProcess join(String role, Map<String, String> settings) throws IOException {
        return start(role, List.of("--join", first), settings);
    }

    private NodeProcess start(String role, List<String> arguments, Map<String, String> more) throws IOException {
        Map<String, String> settings = new TreeMap<>(Map.of(
                "http.port", "0",
                "engine.threads", "1",
                "engine.kv-memory", "4MiB",
                "cluster.memory", "16MiB",
                "cluster.hand-over-after", "100ms"));
        settings.putAll(more);
        List<String> all = new ArrayList<>(List.of("node", "--role", role));
        all.addAll(arguments);
        return remember(NodeProcess.start(folder, role + "-" + started++, "troupe.cli.Main", settings, all));
    }

    /** Counts a process that was started elsewhere among this cluster's. */
    NodeProcess remember(NodeProcess process) {
        processes.add(process);
        return process;
    }

    Path folder() {
        return folder;
    }

    @Override
    public void close() {
        processes.forEach(NodeProcess::close);
    }
}
