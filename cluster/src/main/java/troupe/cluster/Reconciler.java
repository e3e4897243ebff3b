package troupe.cluster;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import troupe.actors.ModelId;

/**
 * Decides which node runs which replica. Pure: the same deployments and nodes give the same plan, and a plan that is
 * carried out is its own successor. What it keeps to:
 *
 * <ul>
 *   <li>a node never gets more than its memory holds, what it still drains included;
 *   <li>a node has at most one replica of a model;
 *   <li>replicas stay where they are, unless a node has at least two more than another: then one moves, and the old one
 *       goes only when the new one is ready.
 * </ul>
 */
final class Reconciler {
    private Reconciler() {}

    /**
     * A node that may run replicas.
     *
     * @param open whether it takes anything new: it is reachable and not draining
     * @param defaultKvBytes KV cache of a replica whose deployment leaves it to the node
     * @param held what it has, or was told to have
     */
    record Node(String name, long memoryBytes, long defaultKvBytes, boolean open, List<Held> held) {
        Node {
            held = List.copyOf(held);
        }
    }

    /** A replica on a node; {@code failure}: why it could not start, or null. */
    record Held(
            ModelId model,
            long reservedBytes,
            boolean ready,
            boolean draining,
            @Nullable String failure) {}

    /**
     * What is to be.
     *
     * @param assignments for each open node all that it is to run
     * @param messages for each model that has fewer replicas than wanted, why
     */
    record Plan(Map<String, List<ReplicaSpec>> assignments, Map<String, String> messages) {}

    static Plan plan(List<Deployment> deployments, List<Node> nodes) {
        List<Place> places = new ArrayList<>();
        for (Node node : nodes) {
            if (node.open()) {
                places.add(new Place(node));
            }
        }
        places.sort(Comparator.comparing(place -> place.node.name()));
        Map<String, String> messages = new LinkedHashMap<>();
        for (Deployment deployment : deployments) {
            place(deployment, places)
                    .ifPresent(message -> messages.put(deployment.model().name(), message));
        }
        Map<String, List<ReplicaSpec>> assignments = new LinkedHashMap<>();
        for (Place place : places) {
            assignments.put(place.node.name(), List.copyOf(place.assigned));
        }
        return new Plan(assignments, messages);
    }

    /** A node while the plan is made. */
    private static final class Place {
        final Node node;
        final List<ReplicaSpec> assigned = new ArrayList<>();
        long freeBytes;
        int load;

        Place(Node node) {
            this.node = node;
            freeBytes = node.memoryBytes();
            for (Held held : node.held()) {
                if (held.failure() == null) {
                    freeBytes -= held.reservedBytes();
                    load += held.draining() ? 0 : 1;
                }
            }
        }

        @Nullable
        Held held(ModelId model) {
            for (Held held : node.held()) {
                if (held.model().equals(model) && !held.draining()) {
                    return held;
                }
            }
            return null;
        }

        /** Whether it goes on with its replica; one whose size was changed only where the new size fits. */
        boolean keeps(Deployment deployment) {
            Held held = held(deployment.model());
            if (held == null || held.failure() != null) {
                return false;
            }
            long more = need(deployment) - held.reservedBytes();
            if (more > freeBytes) {
                load--;
                return false;
            }
            freeBytes -= more;
            return true;
        }

        boolean isReady(ModelId model) {
            Held held = held(model);
            return held != null && held.ready();
        }

        long need(Deployment deployment) {
            return deployment.weightBytes()
                    + (deployment.kvMemoryBytes() == 0 ? node.defaultKvBytes() : deployment.kvMemoryBytes());
        }
    }

    private static Optional<String> place(Deployment deployment, List<Place> places) {
        ModelId model = deployment.model();
        int wanted = deployment.everywhere() ? places.size() : deployment.replicas();
        List<Place> chosen = new ArrayList<>();
        for (Place place : places) {
            if (place.keeps(deployment)) {
                chosen.add(place);
            }
        }
        dropSurplus(model, chosen, wanted);
        while (chosen.size() < wanted) {
            Optional<Place> best = best(deployment, places, chosen);
            if (best.isEmpty()) {
                break;
            }
            add(deployment, best.get(), chosen);
        }
        boolean complete = chosen.size() == wanted;
        if (complete && wanted > 0 && chosen.stream().allMatch(place -> place.isReady(model))) {
            int most = chosen.stream().mapToInt(place -> place.load).max().orElse(0);
            best(deployment, places, chosen)
                    .filter(place -> place.load <= most - 2)
                    .ifPresent(place -> add(deployment, place, chosen));
        }
        for (Place place : chosen) {
            place.assigned.add(deployment.spec());
        }
        return chosen.size() >= wanted ? Optional.empty() : Optional.of(shortage(deployment, wanted, places, chosen));
    }

    /** One more than wanted is kept until those that are wanted are ready beside it. */
    private static void dropSurplus(ModelId model, List<Place> chosen, int wanted) {
        chosen.sort(Comparator.<Place, Boolean>comparing(place -> place.isReady(model))
                .thenComparingInt(place -> -place.load)
                .thenComparing(place -> place.node.name()));
        while (chosen.size() > (wanted == 0 ? 0 : wanted + 1)) {
            drop(chosen, chosen.getFirst());
        }
        boolean allReady = chosen.stream().allMatch(place -> place.isReady(model));
        if (chosen.size() > wanted && allReady) {
            drop(chosen, chosen.getFirst());
        }
    }

    private static void drop(List<Place> chosen, Place place) {
        chosen.remove(place);
        place.load--;
    }

    private static void add(Deployment deployment, Place place, List<Place> chosen) {
        chosen.add(place);
        place.load++;
        place.freeBytes -= place.need(deployment);
    }

    private static Optional<Place> best(Deployment deployment, List<Place> places, List<Place> chosen) {
        return places.stream()
                .filter(place -> !chosen.contains(place)
                        && place.held(deployment.model()) == null
                        && place.need(deployment) <= place.freeBytes)
                .min(Comparator.<Place>comparingInt(place -> place.load)
                        .thenComparingLong(place -> -place.freeBytes)
                        .thenComparing(place -> place.node.name()));
    }

    private static String shortage(Deployment deployment, int wanted, List<Place> places, List<Place> chosen) {
        if (places.isEmpty()) {
            return "there is no worker";
        }
        Place largest = places.stream()
                .max(Comparator.comparingLong(place -> place.node.memoryBytes() - place.need(deployment)))
                .orElseThrow();
        String need = "a replica needs " + largest.need(deployment) + " bytes (weights " + deployment.weightBytes()
                + ", KV cache " + (largest.need(deployment) - deployment.weightBytes()) + ")";
        if (largest.need(deployment) > largest.node.memoryBytes()) {
            return need + ", the largest node, " + largest.node.name() + ", has " + largest.node.memoryBytes();
        }
        for (Place place : places) {
            Held held = place.held(deployment.model());
            if (held != null && held.failure() != null) {
                return place.node.name() + ": " + held.failure();
            }
        }
        long free = 0;
        for (Place place : places) {
            if (!chosen.contains(place)) {
                free = Math.max(free, place.freeBytes);
            }
        }
        return chosen.size() >= places.size()
                ? wanted + " replicas are wanted, and there "
                        + (places.size() == 1 ? "is 1 worker" : "are " + places.size() + " workers")
                        + ": a worker runs one replica of a model"
                : need + ", of the workers without one none has more than " + free + " free";
    }
}
