package troupe.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;

/** The same POST again and again, each time at the next gateway. */
final class Attempts {
    private final HttpClient http;
    private final ClientSettings settings;
    private final String path;
    private final String body;
    private final String resumeId;
    private final Backoff backoff;
    private final int first;
    private int made;

    /**
     * @param path below a gateway, with the slash
     * @param resumeId empty: the answer cannot be taken up, each attempt begins it
     * @param first gateway to ask, by its place in the list
     */
    Attempts(
            HttpClient http,
            ClientSettings settings,
            String path,
            String body,
            String resumeId,
            Backoff backoff,
            int first) {
        this.http = http;
        this.settings = settings;
        this.path = path;
        this.body = body;
        this.resumeId = resumeId;
        this.backoff = backoff;
        this.first = first;
    }

    /**
     * @param lastEventId what was read last; empty: nothing
     * @throws IOException if no response begins within {@code limit}
     */
    Connection open(String lastEventId, Duration limit) throws IOException, InterruptedException {
        URI gateway =
                settings.gateways().get((first + made++) % settings.gateways().size());
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(gateway + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        settings.apiKey().ifPresent(key -> request.header("Authorization", "Bearer " + key));
        if (!resumeId.isEmpty()) {
            request.header("X-Troupe-Resume-Id", resumeId);
            settings.grace().ifPresent(time -> request.header("X-Troupe-Resume-Grace", seconds(time)));
            if (!lastEventId.isEmpty()) {
                request.header("Last-Event-ID", lastEventId);
            }
        }
        return Connection.open(http, request.build(), limit);
    }

    /** Whole ones, never less than was asked for. */
    private static String seconds(Duration time) {
        return String.valueOf(time.plusNanos(999_999_999).toSeconds());
    }

    int made() {
        return made;
    }

    void somethingCame() {
        backoff.succeeded();
    }

    Duration pause() {
        return backoff.next();
    }
}
