package troupe.conf;

import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP gateway.
 *
 * @param maxRequestBytes the largest request body, bytes
 * @param maxOpenRequests responses open at once; further requests get 503
 * @param tenantShare that one tenant may hold of the open responses that other tenants have left
 * @param priorityAgeing in which a request that waits for a worker gains a priority class
 * @param memoryBytes that open requests may hold; 0: half of the heap
 * @param maxUnreadEvents events that may wait for a slow reader before its stream is cut off
 * @param loadingWait how long a request for a model that is being opened here waits for it
 * @param drainLimit how long a shutdown waits for open requests
 * @param apiKey that clients have to send; null: see {@code keysFile}
 * @param keysFile of the keys that clients have to send one of; without it and {@code apiKey} everyone is answered
 * @param allowUnauthenticated answers other machines without a key
 * @param tls HTTPS; absent: HTTP
 * @param tlsTerminatedInFront clients reach this server through a proxy that does TLS
 * @param adminToken that the admin API asks for; null: it answers on a loopback address only
 */
public record HttpSettings(
        String host,
        int port,
        long maxRequestBytes,
        int maxOpenRequests,
        double tenantShare,
        Duration priorityAgeing,
        long memoryBytes,
        int maxUnreadEvents,
        Duration loadingWait,
        Duration drainLimit,
        @Nullable Secret apiKey,
        Optional<Path> keysFile,
        boolean allowUnauthenticated,
        Optional<HttpsSettings> tls,
        boolean tlsTerminatedInFront,
        @Nullable Secret adminToken) {
    private static final int SHORTEST_SECRET = 16;

    static HttpSettings read(SettingsReader reader) {
        HttpSettings settings = new HttpSettings(
                reader.text("host"),
                reader.integer("port", 0, 65_535),
                reader.bytes("max-request-bytes", 1_024, 1L << 30),
                reader.integer("max-open-requests", 1, 1_000_000),
                reader.decimal("tenant-share", 0.01, 1),
                reader.duration("priority-ageing", Duration.ofMillis(100), Duration.ofDays(1)),
                reader.bytes("memory", 0, 1L << 46),
                reader.integer("max-unread-events", 1, 1_000_000),
                reader.duration("loading-wait", Duration.ZERO, Duration.ofHours(1)),
                reader.duration("drain-limit", Duration.ZERO, Duration.ofHours(24)),
                reader.secret("api-key", SHORTEST_SECRET),
                file(reader.optionalText("keys-file")),
                reader.flag("allow-unauthenticated"),
                HttpsSettings.read(reader.section("tls")),
                reader.flag("tls-terminated-in-front"),
                reader.secret("admin-token", SHORTEST_SECRET));
        if (settings.apiKey() != null && settings.keysFile().isPresent()) {
            throw reader.refusal("keys-file", settings.keysFile().get().toString(), "is none beside an api-key");
        }
        return settings;
    }

    private static Optional<Path> file(String name) {
        return name.isEmpty() ? Optional.empty() : Optional.of(Path.of(name));
    }

    /** Whether clients have to send a key. */
    public boolean asksForKeys() {
        return apiKey != null || keysFile.isPresent();
    }

    /**
     * The keys that clients have to send one of, as of now.
     *
     * @throws SettingsException if the file of keys is not what it has to be
     */
    public List<ApiKey> readKeys() {
        Secret key = apiKey;
        return key == null ? keysFile.map(ApiKeys::read).orElse(List.of()) : List.of(ApiKey.only(key));
    }

    /** Whether only this machine's programs reach the server. */
    public boolean isOnLoopback() {
        try {
            return Loopback.is(host);
        } catch (UnknownHostException e) {
            return false; // binding will say so
        }
    }

    /** Refuses to answer everyone on the network, unless that is asked for. */
    public void requireKeysOffLoopback() {
        if (!asksForKeys() && !allowUnauthenticated && !isOnLoopback()) {
            throw new SettingsException(
                    "troupe.http.host is '" + host + "', which other machines can reach, and everyone"
                            + " would be answered: give a key (TROUPE_API_KEY in the environment, or --api-key), or a file of"
                            + " keys (troupe.http.keys-file; `./troupe key` makes entries), or say --allow-unauthenticated"
                            + " (troupe.http.allow-unauthenticated = true); on a loopback address none of them is needed");
        }
    }
}
