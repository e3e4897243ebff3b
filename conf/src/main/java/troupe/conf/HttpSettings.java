package troupe.conf;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP gateway.
 *
 * @param maxRequestBytes the largest request body, bytes
 * @param maxOpenRequests responses open at once; further requests get 503
 * @param maxUnreadEvents events that may wait for a slow reader before its stream is cut off
 * @param loadingWait how long a request for a model that is being opened here waits for it
 * @param drainLimit how long a shutdown waits for open requests
 * @param adminToken that the admin API asks for; null: it answers on a loopback address only
 */
public record HttpSettings(
        String host,
        int port,
        long maxRequestBytes,
        int maxOpenRequests,
        int maxUnreadEvents,
        Duration loadingWait,
        Duration drainLimit,
        @Nullable Secret adminToken) {
    private static final int SHORTEST_TOKEN = 16;

    static HttpSettings read(SettingsReader reader) {
        return new HttpSettings(
                reader.text("host"),
                reader.integer("port", 0, 65_535),
                reader.bytes("max-request-bytes", 1_024, 1L << 30),
                reader.integer("max-open-requests", 1, 1_000_000),
                reader.integer("max-unread-events", 1, 1_000_000),
                reader.duration("loading-wait", Duration.ZERO, Duration.ofHours(1)),
                reader.duration("drain-limit", Duration.ZERO, Duration.ofHours(24)),
                reader.secret("admin-token", SHORTEST_TOKEN));
    }
}
