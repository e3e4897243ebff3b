package troupe.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import troupe.cli.supervisor.CoreShares;
import troupe.cli.supervisor.NodeSpec;
import troupe.conf.ClusterSettings;
import troupe.conf.NodeAddress;
import troupe.conf.Settings;

/**
 * Which nodes run on this machine, and with what: ports, cores and memory are divided here. Everything else a node reads
 * from the same settings.
 */
final class LocalPlan {
    /**
     * What the machine has.
     *
     * @param cores to compute with
     * @param memoryBytes for weights and KV caches
     * @param httpPorts of the gateways, and clusterPorts: of all nodes, the gateways first
     * @param managementPorts likewise of all nodes; empty: they have none
     * @param stateFolder for gateways whose settings name none
     */
    record Machine(
            int cores,
            long memoryBytes,
            List<Integer> httpPorts,
            List<Integer> clusterPorts,
            List<Integer> managementPorts,
            Path stateFolder) {
        Machine {
            httpPorts = List.copyOf(httpPorts);
            clusterPorts = List.copyOf(clusterPorts);
            managementPorts = List.copyOf(managementPorts);
        }
    }

    private final Settings settings;
    private final @Nullable Path config;
    private final Machine machine;
    private final int gateways;
    private final List<NodeSpec> nodes = new ArrayList<>();
    private final List<NodeAddress> addresses = new ArrayList<>();
    private final Map<String, Map<String, String>> properties = new HashMap<>();

    /** @param config the settings' file, which every node reads too */
    LocalPlan(Settings settings, @Nullable Path config, int gateways, int workers, Machine machine) {
        this.settings = settings;
        this.config = config;
        this.machine = machine;
        this.gateways = gateways;
        for (int port : machine.clusterPorts()) {
            addresses.add(new NodeAddress(settings.cluster().host(), port));
        }
        for (int i = 0; i < gateways; i++) {
            addGateway(i);
        }
        int[] threads = CoreShares.divide(machine.cores(), workers);
        for (int i = 0; i < workers; i++) {
            addWorker(i, threads[i], workers);
        }
    }

    List<NodeSpec> nodes() {
        return List.copyOf(nodes);
    }

    /** Settings for one node alone, which its arguments have no options for. */
    Map<String, String> properties(NodeSpec node) {
        return Map.copyOf(properties.getOrDefault(node.name(), Map.of()));
    }

    /**
     * The arguments that say whom a node joins. The first gateway begins the cluster; when it starts again it looks for
     * the others first, as all do.
     */
    List<String> joining(NodeSpec node, boolean again) {
        List<String> arguments = new ArrayList<>();
        boolean begins = node.equals(nodes.getFirst()) && !again;
        for (NodeAddress address : begins ? addresses.subList(0, 1) : addresses) {
            arguments.add("--join");
            arguments.add(address.toString());
        }
        return arguments;
    }

    private void addGateway(int i) {
        String name = "gateway-" + i;
        List<String> arguments = common("gateway", i);
        arguments.addAll(List.of(
                "--host",
                settings.http().host(),
                "--port",
                String.valueOf(machine.httpPorts().get(i))));
        nodes.add(new NodeSpec(name, true, addresses.get(i).toString(), arguments));
        String state = settings.cluster().stateFolder();
        Path folder = (state.isEmpty() ? machine.stateFolder() : Path.of(state)).resolve(name);
        put(name, "troupe.cluster.state-folder", folder.toString());
        if (settings.http().allowUnauthenticated()) {
            put(name, "troupe.http.allow-unauthenticated", "true");
        }
        int control = settings.cluster().controlPort();
        if (control != 0) {
            put(name, "troupe.cluster.control-port", String.valueOf(control + i));
        }
        putManagementPort(name, i);
    }

    private void addWorker(int i, int threads, int workers) {
        String name = "worker-" + i;
        List<String> arguments = common("worker", gateways + i);
        arguments.addAll(List.of("--threads", String.valueOf(threads)));
        nodes.add(new NodeSpec(name, false, addresses.get(gateways + i).toString(), arguments));
        if (settings.cluster().memoryBytes() == 0) {
            put(name, "troupe.cluster.memory", machine.memoryBytes() / workers + " B");
        }
        putManagementPort(name, gateways + i);
    }

    private void putManagementPort(String name, int index) {
        if (!machine.managementPorts().isEmpty()) {
            put(
                    name,
                    "troupe.cluster.management.port",
                    String.valueOf(machine.managementPorts().get(index)));
        }
    }

    private void put(String name, String key, String value) {
        properties.computeIfAbsent(name, ignored -> new HashMap<>()).put(key, value);
    }

    private List<String> common(String role, int index) {
        ClusterSettings cluster = settings.cluster();
        Map<String, String> options = new LinkedHashMap<>();
        options.put("--role", role);
        options.put("--cluster-host", cluster.host());
        options.put("--cluster-port", String.valueOf(machine.clusterPorts().get(index)));
        options.put("--model", settings.model());
        if (config != null) {
            options.put("--config", config.toString());
        }
        List<String> arguments = new ArrayList<>(List.of("node", "--supervised"));
        options.forEach((option, value) -> arguments.addAll(List.of(option, value)));
        return arguments;
    }
}
