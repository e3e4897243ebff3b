package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import troupe.http.EventStream.Event;

/** What clients of resumable requests do, at any gateway. */
final class ResumableRequests {
    private final TestServer server;

    ResumableRequests(TestServer server) {
        this.server = server;
    }

    static String id() {
        return UUID.randomUUID().toString();
    }

    static HttpRequest.Builder post(URI uri, ObjectNode body, String id) {
        return HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .header(ResumeHeaders.ID, id)
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    }

    /** The whole response to a request that has read nothing before. */
    HttpResponse<String> send(URI uri, ObjectNode body, String id) throws Exception {
        return server.send(post(uri, body, id).build());
    }

    /** Begins to read behind {@code lastEvent}; whatever the status is. */
    HttpResponse<InputStream> open(URI uri, ObjectNode body, String id, @Nullable String lastEvent) throws Exception {
        HttpRequest.Builder request = post(uri, body, id);
        if (lastEvent != null && !lastEvent.isEmpty()) {
            request.header(ResumeHeaders.LAST_EVENT, lastEvent);
        }
        return server.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Reads so many events, then leaves. */
    List<Event> readSome(URI uri, ObjectNode body, String id, int count) throws Exception {
        List<Event> events = new ArrayList<>();
        HttpResponse<InputStream> response = open(uri, body, id, null);
        assertEquals(200, response.statusCode());
        try (InputStream in = response.body()) {
            while (events.size() < count) {
                events.addAll(EventStream.next(in));
            }
        }
        return events;
    }

    /** As a client does: attaches again and again until the answer's end. */
    List<Event> rest(URI uri, ObjectNode body, String id, @Nullable String lastEvent) throws Exception {
        List<Event> events = new ArrayList<>();
        String last = lastEvent;
        while (events.isEmpty() || !events.getLast().isDone()) {
            HttpResponse<InputStream> response = open(uri, body, id, last);
            try (InputStream in = response.body()) {
                if (response.statusCode() == 503) {
                    continue;
                }
                if (response.statusCode() != 200) {
                    fail(response.statusCode() + " " + new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
                while (events.isEmpty() || !events.getLast().isDone()) {
                    events.addAll(EventStream.next(in));
                    last = events.isEmpty() ? last : events.getLast().id();
                }
            } catch (IOException e) {
                // Broken: attach again.
            }
        }
        return events;
    }

    /** Until one gateway has heard of the other: an answer that the other has drawn is found. */
    void awaitKnows(URI one, URI other) throws Exception {
        ObjectNode body = TestServer.completion(1, 8, 3);
        body.remove("seed");
        while (true) {
            String id = id();
            HttpResponse<String> drawn = send(other, body, id);
            HttpResponse<String> found = send(one, body, id);
            if (drawn.statusCode() == 200
                    && TestServer.JSON
                            .readTree(drawn.body())
                            .at("/choices")
                            .equals(TestServer.JSON.readTree(found.body()).at("/choices"))) {
                return;
            }
            Thread.sleep(50);
        }
    }

    /** Until the server holds a replica of what one gateway has drawn: that one knows the server, and will replicate. */
    void awaitReplicates(URI one) throws Exception {
        ObjectNode body = TestServer.completion(1, 8, 3);
        int before = server.replicas();
        while (server.replicas() <= before) {
            send(one, body, id());
            Thread.sleep(50);
        }
    }
}
