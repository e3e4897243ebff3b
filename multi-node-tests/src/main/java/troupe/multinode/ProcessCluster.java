package troupe.multinode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Node processes that form one cluster on this machine. Closing it kills those that are left. */
public final class ProcessCluster implements AutoCloseable {
    private final Path folder;
    private final Path cacheFolder;
    private final Map<String, String> settings;
    private final List<String> jvmFlags;
    private final List<NodeProcess> nodes = new CopyOnWriteArrayList<>();
    private int started;

    /**
     * Starts nothing yet.
     *
     * @param folder of the nodes' logs, exists
     * @param cacheFolder of the models
     * @param settings of every node, by key, without the leading "troupe."
     */
    public ProcessCluster(Path folder, Path cacheFolder, Map<String, String> settings, List<String> jvmFlags) {
        this.folder = folder;
        this.cacheFolder = cacheFolder;
        this.settings = Map.copyOf(settings);
        this.jvmFlags = List.copyOf(jvmFlags);
    }

    /** Starts a node, which joins the gateways that have said their address; the first begins the cluster. Does not wait. */
    public synchronized NodeProcess start(Launch launch) throws IOException {
        List<String> join = new ArrayList<>(launch.join());
        if (join.isEmpty()) {
            for (NodeProcess node : gateways()) {
                node.knownAddress().ifPresent(join::add);
            }
        }
        Path log = folder.resolve(launch.role() + "-" + started++ + ".log");
        NodeProcess node = NodeProcess.start(launch, log, cacheFolder, join, settings, jvmFlags);
        nodes.add(node);
        return node;
    }

    /** The processes that run, in the order of their starts. */
    public List<NodeProcess> nodes() {
        return nodes.stream().filter(NodeProcess::isAlive).toList();
    }

    public List<NodeProcess> gateways() {
        return nodes().stream().filter(NodeProcess::isGateway).toList();
    }

    public List<NodeProcess> workers() {
        return nodes().stream().filter(node -> !node.isGateway()).toList();
    }

    /** Where the gateways that run listen, as far as they do already. */
    public List<String> urls() throws IOException {
        List<String> urls = new ArrayList<>();
        for (NodeProcess gateway : gateways()) {
            Optional<String> url = gateway.knownUrl();
            url.ifPresent(urls::add);
        }
        return urls;
    }

    /** SIGKILL to all nodes at once. */
    public void killAll() throws InterruptedException {
        List<NodeProcess> all = nodes();
        all.forEach(NodeProcess::close);
        for (NodeProcess node : all) {
            node.kill();
        }
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
    }
}
