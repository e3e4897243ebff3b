package troupe.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.EOFException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** The events of a resumable stream, as a client that obeys the specification of server-sent events reads them. */
final class EventStream {
    /** {@code id} is empty where an event has none; {@code data} is a chunk without its time of creation, or [DONE]. */
    record Event(String id, String data) {
        boolean isDone() {
            return data.equals("[DONE]");
        }

        JsonNode json() throws Exception {
            return TestServer.JSON.readTree(data);
        }
    }

    private EventStream() {}

    static List<Event> parse(String body) throws Exception {
        List<Event> events = new ArrayList<>();
        String id = "";
        for (String line : body.split("\n", -1)) {
            if (line.startsWith("id: ")) {
                id = line.substring("id: ".length());
            } else if (line.startsWith("data: ")) {
                events.add(new Event(id, withoutTime(line.substring("data: ".length()))));
                id = "";
            } else if (!line.isEmpty() && !line.startsWith(":")) {
                throw new AssertionError("not a line of an event: " + line);
            }
        }
        return events;
    }

    /** The next event of an open stream; none where it is a sign of life alone. */
    static List<Event> next(InputStream in) throws Exception {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith("\n\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the stream ended after '" + text + "'");
            }
            text.append((char) next);
        }
        return parse(text.toString());
    }

    static List<JsonNode> chunks(List<Event> events) throws Exception {
        List<JsonNode> chunks = new ArrayList<>();
        for (Event event : events) {
            if (!event.isDone()) {
                chunks.add(event.json());
            }
        }
        return chunks;
    }

    private static String withoutTime(String data) throws Exception {
        if (!data.startsWith("{")) {
            return data;
        }
        ObjectNode chunk = (ObjectNode) TestServer.JSON.readTree(data);
        chunk.remove("created");
        return chunk.toString();
    }
}
