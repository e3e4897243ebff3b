package troupe.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The admin API's answers as people read them. */
final class ClusterTable {
    private final PrintStream out;

    ClusterTable(PrintStream out) {
        this.out = out;
    }

    void print(JsonNode view) {
        List<String[]> nodes = new ArrayList<>();
        nodes.add(new String[] {"NODE", "ROLES", "STATUS", "RELEASE", "MEMORY", "RESERVED"});
        List<String[]> replicas = new ArrayList<>();
        replicas.add(
                new String[] {"REPLICA", "STATUS", "RUNNING", "WAITING", "KV", "TOKENS/S", "HITS", "PREFILL/S", ""});
        for (JsonNode node : view.path("nodes")) {
            long memory = 0;
            long reserved = 0;
            for (JsonNode device : node.path("devices")) {
                memory += device.path("memory_bytes").asLong();
                reserved += device.path("reserved_bytes").asLong();
            }
            nodes.add(new String[] {
                text(node, "name"),
                String.join("+", texts(node.path("roles"))),
                text(node, "status").toLowerCase(Locale.ROOT),
                text(node, "release") + "/" + text(node, "protocol"),
                mebibytes(memory),
                mebibytes(reserved)
            });
            for (JsonNode replica : node.path("replicas")) {
                replicas.add(replica(replica));
            }
        }
        List<String[]> deployments = new ArrayList<>();
        deployments.add(new String[] {"MODEL", "READY", "WANTED", "SHA-256", ""});
        for (JsonNode deployment : view.path("deployments")) {
            String checksum = text(deployment, "checksum");
            deployments.add(new String[] {
                text(deployment, "model"),
                text(deployment, "ready"),
                text(deployment, "replicas"),
                checksum.substring(0, Math.min(12, checksum.length())),
                text(deployment, "message")
            });
        }
        table(nodes);
        out.println();
        table(deployments);
        out.println();
        table(replicas);
    }

    void printEvents(JsonNode answer) {
        List<String[]> rows = new ArrayList<>();
        for (JsonNode event : answer.path("events")) {
            rows.add(new String[] {
                text(event, "number"),
                Instant.ofEpochMilli(event.path("at").asLong()).toString(),
                text(event, "kind"),
                text(event, "subject"),
                text(event, "text")
            });
        }
        table(rows);
    }

    private static String[] replica(JsonNode replica) {
        return new String[] {
            text(replica, "name"),
            text(replica, "status").toLowerCase(Locale.ROOT),
            text(replica, "running"),
            text(replica, "waiting"),
            replica.path("kv_blocks_used").asLong() + "/"
                    + replica.path("kv_blocks_total").asLong(),
            String.format(Locale.ROOT, "%.1f", replica.path("tokens_per_second").asDouble()),
            String.format(
                    Locale.ROOT, "%.0f%%", 100 * replica.path("cache_hit_rate").asDouble()),
            prefillSpeed(replica.path("speed").path("prefill_token_ms").asDouble()),
            text(replica, "message")
        };
    }

    /** Prompt tokens a second, as the replica measures it; nothing until it has. */
    private static String prefillSpeed(double tokenMillis) {
        return tokenMillis == 0 ? "" : String.format(Locale.ROOT, "%.0f", 1e3 / tokenMillis);
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isNull() ? "" : value.asText("");
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private static String mebibytes(long bytes) {
        return bytes == 0 ? "-" : String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
    }

    private void table(List<String[]> rows) {
        int[] widths = new int[rows.isEmpty() ? 0 : rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
