package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;

class ReconcilerTest {
    private static final long GIB = 1L << 30;

    @Test
    void shouldSpreadReplicasOverTheWorkersThatHaveLeast() {
        Cluster cluster = new Cluster().node("a", 8 * GIB).node("b", 8 * GIB).node("c", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 2);
        cluster.deploy("n", GIB, GIB, 1);
        cluster.settle();
        assertEquals(2, cluster.count("m"));
        assertEquals(1, cluster.count("n"));
        assertEquals(1, cluster.mostReplicas());
    }

    @Test
    void shouldRunOneOnEveryWorkerAndOnEachThatComes() {
        Cluster cluster = new Cluster().node("a", 8 * GIB).node("b", 8 * GIB);
        cluster.deployments.put("m", deployment("m", GIB, GIB, 0, true));
        cluster.settle();
        assertEquals(2, cluster.count("m"));
        cluster.node("c", 8 * GIB).settle();
        assertEquals(3, cluster.count("m"));
    }

    @Test
    void shouldGiveANewNodeItsShareAndKeepTheOldReplicaUntilTheNewOneIsReady() {
        Cluster cluster = new Cluster().node("a", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 1);
        cluster.deploy("n", GIB, GIB, 1);
        cluster.settle();
        cluster.node("b", 8 * GIB);
        cluster.step(false);
        assertEquals(3, cluster.count("m") + cluster.count("n"), "the one that moves is on both nodes");
        cluster.settle();
        assertEquals(1, cluster.count("m"));
        assertEquals(1, cluster.count("n"));
        assertEquals(1, cluster.mostReplicas());
    }

    @Test
    void shouldPlaceTheReplicasOfADeadNodeElsewhere() {
        Cluster cluster = new Cluster().node("a", 8 * GIB).node("b", 8 * GIB).node("c", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 2);
        cluster.settle();
        cluster.nodes.remove("a");
        cluster.settle();
        assertEquals(2, cluster.count("m"));
    }

    @Test
    void shouldReplaceWhatADrainingNodeHasBeforeItIsGone() {
        Cluster cluster = new Cluster().node("a", 8 * GIB).node("b", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 1);
        cluster.settle();
        cluster.at("a").open = false;
        cluster.step(true);
        assertTrue(cluster.at("b").replicas.containsKey("m"));
    }

    @Test
    void shouldSayTheNumbersWhereAModelIsTooLargeForEveryNode() {
        Cluster cluster = new Cluster().node("a", 4 * GIB).node("b", 2 * GIB);
        cluster.deploy("large", 4 * GIB, GIB, 1);
        assertEquals(
                "a replica needs 5368709120 bytes (weights 4294967296, KV cache 1073741824), the largest node, a, has"
                        + " 4294967296",
                cluster.settle().messages().get("large"));
        assertEquals(0, cluster.count("large"));
    }

    @Test
    void shouldSayWhatIsFreeWhereTheNodesAreFull() {
        Cluster cluster = new Cluster().node("a", 4 * GIB);
        cluster.deploy("m", 2 * GIB, GIB, 1);
        cluster.deploy("n", 2 * GIB, GIB, 1);
        assertEquals(
                "a replica needs 3221225472 bytes (weights 2147483648, KV cache 1073741824), of the workers without one"
                        + " none has more than 1073741824 free",
                cluster.settle().messages().get("n"));
    }

    @Test
    void shouldSayWhyAReplicaCannotStartAndUseAnotherNodeMeanwhile() {
        Cluster cluster = new Cluster().node("a", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 1);
        cluster.at("a").failures.put("m", "no such file");
        assertEquals("a: no such file", cluster.settle().messages().get("m"));
        cluster.node("b", 8 * GIB);
        assertEquals(Map.of(), cluster.settle().messages());
    }

    @Test
    void shouldScaleDownAndUnload() {
        Cluster cluster = new Cluster().node("a", 8 * GIB).node("b", 8 * GIB).node("c", 8 * GIB);
        cluster.deploy("m", GIB, GIB, 3);
        cluster.settle();
        cluster.deploy("m", GIB, GIB, 1);
        cluster.settle();
        assertEquals(1, cluster.count("m"));
        cluster.deployments.clear();
        cluster.settle();
        assertEquals(0, cluster.count("m"));
    }

    @Test
    void shouldNeverOvercommitAndComeToRestWhateverHappens() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Cluster cluster = new Cluster();
            for (int step = 0; step < 40; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> cluster.node("node" + random.nextInt(6), (1 + random.nextInt(8)) * GIB);
                    case 1 -> cluster.nodes.remove("node" + random.nextInt(6));
                    case 2, 3 ->
                        cluster.deploy(
                                "m" + random.nextInt(4),
                                (1 + random.nextInt(3)) * GIB / 2,
                                (1 + random.nextInt(3)) * GIB / 2,
                                random.nextInt(5));
                    case 4 -> cluster.deployments.remove("m" + random.nextInt(4));
                    default -> cluster.nodes.values().stream().findAny().ifPresent(node -> node.open = !node.open);
                }
                cluster.step(random.nextBoolean());
                cluster.requireNoOvercommitment("seed " + seed + ", step " + step);
            }
            cluster.nodes.values().forEach(node -> node.open = true);
            cluster.settle();
            cluster.requireNoOvercommitment("seed " + seed + ", at rest");
            for (Deployment deployment : cluster.deployments.values()) {
                int count = cluster.count(deployment.model().name());
                assertTrue(count <= deployment.replicas(), "seed " + seed + ": " + count + " of " + deployment);
            }
        }
    }

    private static Deployment deployment(String name, long weights, long kv, int replicas, boolean everywhere) {
        // The size is part of what a model is: other weights, another checksum.
        return new Deployment(
                new ModelId(name, "sha-" + weights, "t"),
                name,
                weights,
                replicas,
                everywhere,
                kv,
                false,
                new Deployment.Version(1, "a"));
    }

    /** Nodes that do as they are told, one step later. */
    private static final class Cluster {
        final TreeMap<String, Simulated> nodes = new TreeMap<>();
        final TreeMap<String, Deployment> deployments = new TreeMap<>();

        static final class Simulated {
            final long memory;
            boolean open = true;
            final Map<String, ReplicaSpec> replicas = new HashMap<>();
            final Map<String, Boolean> ready = new HashMap<>();
            final Map<String, String> failures = new HashMap<>();

            Simulated(long memory) {
                this.memory = memory;
            }
        }

        Cluster node(String name, long memory) {
            nodes.put(name, new Simulated(memory));
            return this;
        }

        Simulated at(String name) {
            return Objects.requireNonNull(nodes.get(name));
        }

        void deploy(String name, long weights, long kv, int replicas) {
            deployments.put(name, deployment(name, weights, kv, replicas, false));
        }

        Reconciler.Plan step(boolean getReady) {
            List<Reconciler.Node> seen = new ArrayList<>();
            nodes.forEach((name, node) -> {
                List<Reconciler.Held> held = new ArrayList<>();
                node.replicas.forEach((model, spec) -> held.add(new Reconciler.Held(
                        spec.model(),
                        spec.weightBytes() + spec.kvMemoryBytes(),
                        node.ready.getOrDefault(model, false),
                        false,
                        null)));
                deployments.forEach((model, deployment) -> {
                    String why = node.failures.get(model);
                    if (why != null) {
                        held.add(new Reconciler.Held(deployment.model(), 0, false, false, why));
                    }
                });
                seen.add(new Reconciler.Node(name, node.memory, GIB, node.open, held));
            });
            Reconciler.Plan plan = Reconciler.plan(List.copyOf(deployments.values()), seen);
            plan.assignments().forEach((name, specs) -> {
                Simulated node = at(name);
                if (getReady) {
                    node.replicas.keySet().forEach(model -> node.ready.put(model, true));
                }
                node.replicas.values().removeIf(spec -> !specs.contains(spec));
                node.ready.keySet().retainAll(node.replicas.keySet());
                specs.forEach(spec -> node.replicas.put(spec.model().name(), spec));
            });
            return plan;
        }

        Reconciler.Plan settle() {
            Reconciler.Plan last = step(true);
            for (int i = 0; i < 60; i++) {
                last = step(true);
            }
            assertEquals(last, step(true), "it comes to rest");
            return last;
        }

        int count(String model) {
            return (int) nodes.values().stream()
                    .filter(node -> node.replicas.containsKey(model))
                    .count();
        }

        int mostReplicas() {
            return nodes.values().stream()
                    .map(node -> node.replicas.size())
                    .max(Comparator.naturalOrder())
                    .orElse(0);
        }

        void requireNoOvercommitment(String when) {
            nodes.forEach((name, node) -> {
                long used = node.replicas.values().stream()
                        .mapToLong(spec -> spec.weightBytes() + spec.kvMemoryBytes())
                        .sum();
                assertTrue(used <= node.memory, when + ": " + name + " uses " + used + " of " + node.memory);
            });
        }
    }
}
