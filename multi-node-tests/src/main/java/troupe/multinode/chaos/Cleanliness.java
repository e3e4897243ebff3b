package troupe.multinode.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;

/** Whether nothing is left of requests that have ended. */
final class Cleanliness {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Cleanliness() {}

    /** Waits until nothing is left; gives what is after a while, empty: nothing. */
    static String await(ChaosCluster cluster) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String left = left(cluster);
            if (left.isEmpty() || System.nanoTime() - end > 0) {
                return left;
            }
            Thread.sleep(100);
        }
    }

    private static String left(ChaosCluster cluster) throws InterruptedException {
        StringBuilder left = new StringBuilder();
        for (Slot gateway : cluster.gateways()) {
            try {
                JsonNode health = cluster.probe().get(cluster.url(gateway), "/health");
                note(left, gateway.name(), "open requests", health.path("open_requests"));
                JsonNode view = cluster.probe().get(cluster.url(gateway), "/admin/cluster");
                for (JsonNode replica : view.findValues("replicas").stream()
                        .flatMap(replicas -> replicas.valueStream())
                        .filter(JsonNode::isObject)
                        .toList()) {
                    String name =
                            gateway.name() + " sees " + replica.path("name").asText();
                    note(left, name, "running", replica.path("running"));
                    note(left, name, "waiting", replica.path("waiting"));
                    note(left, name, "KV blocks in use", replica.path("kv_blocks_used"));
                }
            } catch (IOException e) {
                left.append(gateway.name()).append(": ").append(e.getMessage()).append("; ");
            }
        }
        return left.toString();
    }

    private static void note(StringBuilder left, String where, String what, JsonNode count) {
        if (count.asInt(-1) != 0) {
            left.append(where)
                    .append(": ")
                    .append(what)
                    .append(' ')
                    .append(count)
                    .append("; ");
        }
    }
}
