package troupe.multinode.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Looks at one gateway at a time, as operators do. */
public final class GatewayProbe implements AutoCloseable {
    /** What the admin API asks for where it is not on a loopback address. */
    static final String TOKEN = "chaos-chaos-chaos-chaos";

    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TIMEOUT)
            .build();

    /**
     * What a gateway answers.
     *
     * @throws IOException if the gateway does not answer, or answers with an error
     */
    public JsonNode get(URI gateway, String path) throws IOException, InterruptedException {
        return send(gateway, path, HttpRequest.newBuilder().GET());
    }

    /** @throws IOException if the gateway does not answer, or refuses */
    void post(URI gateway, String path, String body) throws IOException, InterruptedException {
        send(gateway, path, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private JsonNode send(URI gateway, String path, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                request.uri(URI.create(gateway + path))
                        .timeout(TIMEOUT)
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + TOKEN)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 400) {
            throw new IOException(gateway + path + " answers " + response.statusCode() + ": " + response.body());
        }
        return JSON.readTree(response.body());
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
