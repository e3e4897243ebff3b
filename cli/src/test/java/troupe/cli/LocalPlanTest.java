package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.cli.supervisor.NodeSpec;
import troupe.conf.Settings;

class LocalPlanTest {
    private static final LocalPlan.Machine MACHINE = machine(List.of());

    private static LocalPlan.Machine machine(List<Integer> managementPorts) {
        return new LocalPlan.Machine(
                8,
                3_000_000,
                List.of(8000, 8001),
                List.of(2551, 2552, 2553, 2554, 2555),
                managementPorts,
                Path.of("/cache/cluster-8000"));
    }

    private static LocalPlan plan(String settings, @Nullable Path config) {
        return new LocalPlan(Settings.load(null, settings), config, 2, 3, MACHINE);
    }

    private static String option(NodeSpec node, String name) {
        return node.arguments().get(node.arguments().indexOf(name) + 1);
    }

    private static List<String> options(LocalPlan plan, String name) {
        return plan.nodes().stream()
                .filter(node -> node.arguments().contains(name))
                .map(node -> option(node, name))
                .toList();
    }

    @Test
    void shouldGiveEveryNodeItsPorts() {
        LocalPlan plan = plan("", null);
        assertEquals(
                List.of("gateway-0", "gateway-1", "worker-0", "worker-1", "worker-2"),
                plan.nodes().stream().map(NodeSpec::name).toList());
        assertEquals(List.of("2551", "2552", "2553", "2554", "2555"), options(plan, "--cluster-port"));
        assertEquals(List.of("8000", "8001"), options(plan, "--port"));
        assertEquals(List.of("gateway", "gateway", "worker", "worker", "worker"), options(plan, "--role"));
        assertTrue(plan.nodes().stream().allMatch(node -> node.arguments().contains("--supervised")));
    }

    @Test
    void shouldGiveEveryNodeAManagementPortOfItsOwnWhereTheyHaveOne() {
        List<Integer> ports = List.of(8558, 8559, 8560, 8561, 8562);
        LocalPlan plan = new LocalPlan(Settings.load(null, ""), null, 2, 3, machine(ports));
        assertEquals(
                List.of("8558", "8559", "8560", "8561", "8562"),
                plan.nodes().stream()
                        .map(node -> plan.properties(node).get("troupe.cluster.management.port"))
                        .toList());
    }

    @Test
    void shouldGiveEveryGatewayAControlPortOfItsOwnWhereOneIsSet() {
        LocalPlan plan = plan("troupe.cluster.control-port = 2600", null);
        assertEquals(
                List.of("2600", "2601"),
                plan.nodes().stream()
                        .filter(NodeSpec::gateway)
                        .map(node -> plan.properties(node).get("troupe.cluster.control-port"))
                        .toList());
        assertEquals(
                List.of("127.0.0.1:2551", "127.0.0.1:2552", "127.0.0.1:2553", "127.0.0.1:2554", "127.0.0.1:2555"),
                plan.nodes().stream().map(NodeSpec::address).toList());
    }

    @Test
    void shouldDivideCoresAndMemoryAmongTheWorkers() {
        LocalPlan plan = plan("", null);
        assertEquals(List.of("3", "3", "2"), options(plan, "--threads"));
        for (NodeSpec node : plan.nodes()) {
            if (!node.gateway()) {
                assertEquals(Map.of("troupe.cluster.memory", "1000000 B"), plan.properties(node));
            }
        }
        LocalPlan chosen = plan("troupe.cluster.memory = 5 MB", null);
        assertEquals(Map.of(), chosen.properties(chosen.nodes().getLast()));
    }

    @Test
    void shouldKeepTheGatewaysStatesApart() {
        LocalPlan plan = plan("", null);
        assertEquals(
                Map.of("troupe.cluster.state-folder", "/cache/cluster-8000/gateway-1"),
                plan.properties(plan.nodes().get(1)));
        LocalPlan chosen = plan("troupe.cluster.state-folder = /data", null);
        assertEquals(
                Map.of("troupe.cluster.state-folder", "/data/gateway-0"),
                chosen.properties(chosen.nodes().getFirst()));
    }

    @Test
    void shouldTellTheGatewaysAloneToAnswerEveryone() {
        LocalPlan plan = plan("troupe.http.allow-unauthenticated = true", null);
        String setting = "troupe.http.allow-unauthenticated";
        for (NodeSpec node : plan.nodes()) {
            assertEquals(node.gateway() ? "true" : null, plan.properties(node).get(setting), node::name);
        }
    }

    @Test
    void shouldLetTheFirstGatewayBeginTheClusterOnce() {
        LocalPlan plan = plan("", null);
        List<String> all = new ArrayList<>();
        for (int port : MACHINE.clusterPorts()) {
            all.add("--join");
            all.add("127.0.0.1:" + port);
        }
        NodeSpec first = plan.nodes().getFirst();
        assertEquals(List.of("--join", "127.0.0.1:2551"), plan.joining(first, false));
        assertEquals(all, plan.joining(first, true));
        assertEquals(all, plan.joining(plan.nodes().get(1), false));
        assertEquals(all, plan.joining(plan.nodes().getLast(), false));
    }

    @Test
    void shouldPassTheSettingsFileOn() {
        assertEquals(
                List.of("a.conf", "a.conf", "a.conf", "a.conf", "a.conf"),
                options(plan("", Path.of("a.conf")), "--config"));
    }
}
