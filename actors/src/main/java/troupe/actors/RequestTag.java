package troupe.actors;

import org.jspecify.annotations.Nullable;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What every line of the log about a request calls it by, on whichever node. Travels with the request and its attempts.
 *
 * @param id the gateway's own
 * @param traceId of the client's W3C trace; null where it has none
 */
public record RequestTag(String id, @Nullable String traceId) {
    static final RequestTag UNKNOWN = new RequestTag("", null);

    /** Names the request in a line of the log. */
    public LoggingEventBuilder in(LoggingEventBuilder line) {
        LoggingEventBuilder named = line.addKeyValue("id", id);
        return traceId == null ? named : named.addKeyValue("trace_id", traceId);
    }
}
