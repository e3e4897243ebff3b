package troupe.client;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a client is told once.
 *
 * @param gateways of one cluster, each as {@code http://HOST:PORT}; a request begins at the first and goes on at the next
 * @param apiKey sent as a bearer token
 * @param silenceLimit a connection on which nothing comes for this long is given up; a live stream says something twice
 *     a second
 * @param deadline from the call to the last event
 * @param firstPause before the second attempt; each further pause is twice as long
 * @param longestPause between two attempts
 * @param resumable whether streams can be taken up, for which the cluster keeps a copy on a second gateway; without, one
 *     that breaks off fails, and no limit but the deadline holds for its silence
 * @param grace for which the cluster keeps a stream that nobody reads; none: as the server has it
 */
public record ClientSettings(
        List<URI> gateways,
        Optional<String> apiKey,
        Duration silenceLimit,
        Duration deadline,
        Duration firstPause,
        Duration longestPause,
        boolean resumable,
        Optional<Duration> grace) {
    /** @throws IllegalArgumentException if there is no gateway, or a time is not above zero */
    public ClientSettings {
        gateways = List.copyOf(gateways);
        if (gateways.isEmpty()) {
            throw new IllegalArgumentException("gateways is empty, it must name one or more");
        }
        requirePositive("silenceLimit", silenceLimit);
        requirePositive("deadline", deadline);
        requirePositive("firstPause", firstPause);
        requirePositive("longestPause", longestPause);
        grace.ifPresent(time -> requirePositive("grace", time));
    }

    private static void requirePositive(String name, Duration time) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException(name + " is " + time + ", it must be above zero");
        }
    }

    /** With the defaults: 2 s of silence, 10 minutes in all, pauses from 50 ms to 1 s. */
    public static ClientSettings of(List<URI> gateways) {
        return new ClientSettings(
                gateways,
                Optional.empty(),
                Duration.ofSeconds(2),
                Duration.ofMinutes(10),
                Duration.ofMillis(50),
                Duration.ofSeconds(1),
                true,
                Optional.empty());
    }

    public ClientSettings withoutResuming() {
        return new ClientSettings(gateways, apiKey, silenceLimit, deadline, firstPause, longestPause, false, grace);
    }

    public ClientSettings withApiKey(String key) {
        return new ClientSettings(
                gateways, Optional.of(key), silenceLimit, deadline, firstPause, longestPause, resumable, grace);
    }

    public ClientSettings withSilenceLimit(Duration limit) {
        return new ClientSettings(gateways, apiKey, limit, deadline, firstPause, longestPause, resumable, grace);
    }

    public ClientSettings withDeadline(Duration limit) {
        return new ClientSettings(gateways, apiKey, silenceLimit, limit, firstPause, longestPause, resumable, grace);
    }

    public ClientSettings withGrace(Duration time) {
        return new ClientSettings(
                gateways, apiKey, silenceLimit, deadline, firstPause, longestPause, resumable, Optional.of(time));
    }
}
