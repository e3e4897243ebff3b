package troupe.multinode.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import troupe.multinode.Launch;
import troupe.multinode.NodeProcess;
import troupe.multinode.ProcessCluster;

/** Gateways and workers, each a process that is started again, a second after it died, as a supervisor would. */
public final class ChaosCluster implements AutoCloseable {
    private static final Duration RESTART_PAUSE = Duration.ofSeconds(1);
    private static final Duration WATCH_INTERVAL = Duration.ofMillis(50);
    private static final Duration WHOLE_LIMIT = Duration.ofMinutes(2);

    private final ChaosOptions options;
    private final Site site;
    private final Consumer<String> say;
    private final ProcessCluster processes;
    private final GatewayProbe probe = new GatewayProbe();
    private final List<Slot> slots = new ArrayList<>();
    private final Thread supervisor;
    private volatile boolean closed;

    /** Starts all nodes; returns once every worker has a replica that takes requests at every gateway. */
    public static ChaosCluster start(ChaosOptions options, Site site, Consumer<String> say)
            throws IOException, InterruptedException {
        ChaosCluster cluster = new ChaosCluster(options, site, say);
        try {
            cluster.start();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private ChaosCluster(ChaosOptions options, Site site, Consumer<String> say) {
        this.options = options;
        this.site = site;
        this.say = say;
        Map<String, String> settings = new TreeMap<>(Map.of(
                "engine.threads", "1",
                "cluster.hand-over-after", "500ms",
                "http.drain-limit", "5s",
                "http.admin-token", GatewayProbe.TOKEN));
        settings.putAll(options.settings());
        processes = new ProcessCluster(options.folder(), options.cacheFolder(), settings, options.jvmFlags());
        supervisor = Thread.ofVirtual().name("supervisor").unstarted(this::supervise);
    }

    private void start() throws IOException, InterruptedException {
        for (int i = 0; i < options.nodes(); i++) {
            Launch launch = site.place(i, launch(i));
            slots.add(new Slot(
                    i,
                    launch.role() + "-" + (launch.isGateway() ? i : i - options.gateways()),
                    launch,
                    processes.start(launch),
                    System.nanoTime()));
            if (i == 0) {
                slots.getFirst().process().address();
            }
        }
        supervisor.start();
        awaitWhole();
    }

    private Launch launch(int node) {
        boolean isGateway = node < options.gateways();
        Launch launch = Launch.of(isGateway ? "gateway" : "worker")
                .serving(options.model())
                .joining(joined(node))
                .in(options.folder())
                .on(new Launch.Host(List.of(), Map.of(), FaultyNode.class.getName()))
                .with("cluster.host", site.host(node))
                .with("cluster.port", String.valueOf(site.clusterPort(node)));
        return isGateway
                ? launch.with("http.host", site.host(node))
                        .with("http.port", String.valueOf(site.httpPort(node)))
                        .with("cluster.state-folder", stateFolder(node).toString())
                : launch;
    }

    /** All gateways, in one order for all; the first of them forms the cluster where it finds none. */
    private List<String> joined(int node) {
        return IntStream.range(0, options.gateways())
                .filter(gateway -> gateway == 0 || gateway != node)
                .mapToObj(gateway -> site.host(gateway) + ":" + site.clusterPort(gateway))
                .toList();
    }

    Path stateFolder(int gateway) {
        return options.folder().resolve("state-" + gateway);
    }

    private void supervise() {
        Map<Slot, Long> dead = new java.util.HashMap<>();
        while (!closed) {
            for (Slot slot : slots) {
                long now = System.nanoTime();
                if (slot.process().isAlive() || slot.isHeld()) {
                    dead.remove(slot);
                } else if (now - dead.computeIfAbsent(slot, s -> now) >= RESTART_PAUSE.toNanos()) {
                    dead.remove(slot);
                    restart(slot);
                }
            }
            try {
                Thread.sleep(WATCH_INTERVAL);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void restart(Slot slot) {
        try {
            slot.started(processes.start(slot.launch()), System.nanoTime());
            say.accept("  " + slot + " is started again");
        } catch (IOException e) {
            say.accept("  " + slot.name() + " cannot be started: " + e);
        }
    }

    Site site() {
        return site;
    }

    List<Slot> slots() {
        return List.copyOf(slots);
    }

    public List<Slot> gateways() {
        return slots.subList(0, options.gateways());
    }

    public List<Slot> workers() {
        return slots.subList(options.gateways(), options.nodes());
    }

    /** The gateway that has been a member for the longest time: singletons live there. */
    Slot oldest() {
        return gateways().stream()
                .min(Comparator.comparingLong(Slot::startNanos))
                .orElseThrow();
    }

    public URI url(Slot gateway) {
        return URI.create("http://" + site.host(gateway.number()) + ":" + site.httpPort(gateway.number()));
    }

    public List<URI> urls() {
        return gateways().stream().map(this::url).toList();
    }

    public GatewayProbe probe() {
        return probe;
    }

    /**
     * Waits until every node runs, and every gateway sees every node, and on every worker a replica that takes requests.
     *
     * @throws IOException if it does not in time; the message says what is missing
     */
    public void awaitWhole() throws IOException, InterruptedException {
        long end = System.nanoTime() + WHOLE_LIMIT.toNanos();
        while (true) {
            String missing = missing();
            if (missing.isEmpty()) {
                return;
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("the cluster is not whole after " + WHOLE_LIMIT.toSeconds() + " s: " + missing);
            }
            Thread.sleep(100);
        }
    }

    private String missing() throws InterruptedException {
        for (Slot slot : slots) {
            if (!slot.process().isAlive()) {
                return slot + " does not run";
            }
        }
        for (Slot gateway : gateways()) {
            try {
                String missing = missing(probe.get(url(gateway), "/admin/cluster"));
                if (!missing.isEmpty()) {
                    return gateway.name() + " sees " + missing;
                }
            } catch (IOException e) {
                return gateway + " does not answer: " + e.getMessage();
            }
        }
        return "";
    }

    private String missing(JsonNode view) throws IOException {
        Set<String> up = namesOf(view, "up");
        int ready = 0;
        for (JsonNode node : view.path("nodes")) {
            for (JsonNode replica : node.path("replicas")) {
                if (replica.path("status").asText().equals("ready")) {
                    ready++;
                }
            }
        }
        Set<String> wanted = new TreeSet<>();
        for (Slot slot : slots) {
            wanted.add(slot.process().knownAddress().orElse(slot.name()));
        }
        boolean isWhole = up.equals(wanted) && view.path("nodes").size() == wanted.size() && ready == options.workers();
        return isWhole ? "" : "up: " + up + ", wanted: " + wanted + ", " + ready + " replicas: " + view;
    }

    /** Sequences in a worker's batches, as the first gateway that answers knows; 0 where none does. */
    int running(Slot worker) throws IOException, InterruptedException {
        String name = worker.process().knownAddress().orElse("");
        for (Slot gateway : gateways()) {
            try {
                for (JsonNode node : probe.get(url(gateway), "/admin/cluster").path("nodes")) {
                    if (node.path("name").asText().equals(name)) {
                        return node.path("replicas")
                                .valueStream()
                                .mapToInt(replica -> replica.path("running").asInt())
                                .sum();
                    }
                }
            } catch (IOException e) {
                // Another one may answer.
            }
        }
        return 0;
    }

    /** Whether all gateways run and see each other. */
    boolean gatewaysAreWhole() throws InterruptedException {
        for (Slot gateway : gateways()) {
            try {
                JsonNode view = probe.get(url(gateway), "/admin/cluster");
                Set<String> up = namesOf(view, "up");
                for (Slot other : gateways()) {
                    if (!up.contains(other.process().knownAddress().orElse(other.name()))) {
                        return false;
                    }
                }
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    private static Set<String> namesOf(JsonNode view, String status) {
        Set<String> names = new TreeSet<>();
        for (JsonNode node : view.path("nodes")) {
            if (node.path("status").asText().equals(status)) {
                names.add(node.path("name").asText());
            }
        }
        return names;
    }

    /** Resident memory of all nodes, bytes. */
    long memoryBytes() throws IOException {
        long kilobytes = 0;
        for (Slot slot : slots) {
            Path status = Path.of("/proc", String.valueOf(slot.process().pid()), "status");
            if (Files.exists(status)) {
                try (Stream<String> lines = Files.lines(status)) {
                    kilobytes += lines.filter(line -> line.startsWith("VmRSS:"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .sum();
                }
            }
        }
        return kilobytes * 1024;
    }

    /** Starts it again with what it is to be started with now, and waits until it is a part of the cluster. */
    public void replace(Slot slot, Launch next) throws IOException, InterruptedException {
        slot.hold(true);
        slot.relaunch(next);
        NodeProcess old = slot.process();
        old.terminate();
        old.awaitEnd();
        slot.hold(false);
        awaitWhole();
    }

    @Override
    public void close() {
        closed = true;
        supervisor.interrupt();
        try {
            supervisor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processes.close();
        probe.close();
        site.close();
    }
}
