package troupe.multinode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The administration of a cluster through the admin API of whichever of its gateways answers. */
public final class Admin implements AutoCloseable {
    private static final long LIMIT_SECONDS = 180;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ProcessCluster cluster;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    public Admin(ProcessCluster cluster) {
        this.cluster = cluster;
    }

    /** As {@code /admin/cluster} gives it. */
    public JsonNode view() throws IOException, InterruptedException {
        return ask("GET", "/admin/cluster", null);
    }

    /** Of one gateway, oldest first. */
    public JsonNode events() throws IOException, InterruptedException {
        return ask("GET", "/admin/events?after=0", null).path("events");
    }

    public void deploy(String model, int replicas) throws IOException, InterruptedException {
        ask(
                "POST",
                "/admin/deployments",
                JSON.createObjectNode().put("model", model).put("replicas", replicas));
    }

    public void scale(String model, int replicas) throws IOException, InterruptedException {
        ask(
                "POST",
                "/admin/deployments/" + escaped(model) + "/scale",
                JSON.createObjectNode().put("replicas", replicas));
    }

    public void unload(String model) throws IOException, InterruptedException {
        ask("DELETE", "/admin/deployments/" + escaped(model), null);
    }

    /** Returns when the drain has begun. */
    public void drain(String node, boolean force) throws IOException, InterruptedException {
        ask(
                "POST",
                "/admin/nodes/" + escaped(node) + "/drain",
                JSON.createObjectNode().put("force", force));
    }

    /** Drains a node and waits until it has ended by itself and is no member any more; gives its exit status. */
    public int drainAndAwaitEnd(NodeProcess node) throws IOException, InterruptedException {
        String address = node.address();
        drain(address, false);
        int status = node.awaitEnd();
        awaitGone(address);
        return status;
    }

    /**
     * Waits until operators would see this.
     *
     * @throws IOException if they do not in time; the message has what they see
     */
    public JsonNode await(String what, Predicate<JsonNode> seen) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            JsonNode view = view();
            if (seen.test(view)) {
                return view;
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("not within " + LIMIT_SECONDS + " s: " + what + "\n" + view.toPrettyString()
                        + "\n" + events().toPrettyString());
            }
            Thread.sleep(50);
        }
    }

    /** Waits until exactly {@code ready} replicas of a model take requests. */
    public JsonNode awaitReady(String model, int ready) throws IOException, InterruptedException {
        return await(ready + " replicas of " + model, view -> ready(view, model) == ready);
    }

    /** Waits until a node is no member any more. */
    public JsonNode awaitGone(String node) throws IOException, InterruptedException {
        return await(node + " is gone", view -> node(view, node).isMissingNode());
    }

    /** Replicas of a model that take requests; -1: it is not deployed. */
    public static int ready(JsonNode view, String model) {
        for (JsonNode deployment : view.path("deployments")) {
            if (deployment.path("model").asText().equals(model)) {
                return deployment.path("ready").asInt();
            }
        }
        return -1;
    }

    /** A member by its name; a missing node where there is none. */
    public static JsonNode node(JsonNode view, String name) {
        for (JsonNode node : view.path("nodes")) {
            if (node.path("name").asText().equals(name)) {
                return node;
            }
        }
        return JSON.missingNode();
    }

    /** Whether a gateway has told this. */
    public boolean hasEvent(String kind, String subject) throws IOException, InterruptedException {
        for (JsonNode event : events()) {
            if (event.path("kind").asText().equals(kind)
                    && event.path("subject").asText().contains(subject)) {
                return true;
            }
        }
        return false;
    }

    private JsonNode ask(String method, String path, @Nullable ObjectNode body)
            throws IOException, InterruptedException {
        IOException last = new IOException("no gateway runs");
        for (String url : cluster.urls()) {
            try {
                return send(url, method, path, body);
            } catch (RefusedException e) {
                throw e;
            } catch (IOException e) {
                last = e; // that gateway is gone
            }
        }
        throw last;
    }

    private JsonNode send(String url, String method, String path, @Nullable ObjectNode body)
            throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(url + path))
                        .timeout(TIMEOUT)
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                body == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonNode answer = JSON.readTree(response.body());
        if (response.statusCode() >= 400) {
            throw new RefusedException(
                    response.statusCode(), answer.path("error").path("message").asText());
        }
        return answer;
    }

    private static String escaped(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    /** A gateway has answered no. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;
        private final int status;

        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
