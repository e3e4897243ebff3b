package troupe.conf;

import java.time.Duration;

/**
 * The choice of a worker for an attempt.
 *
 * @param windowShare and {@code window}: how much longer than the least estimated time a worker with a longer cached
 *     prefix may take, as a share of that time and beside it
 * @param indexEntries pairs of cached block and worker that a gateway remembers at most
 * @param hashTokens at the beginning of a prompt that decide under consistent-hash
 */
public record RoutingSettings(
        RoutingPolicy policy, double windowShare, Duration window, int indexEntries, int hashTokens) {
    static RoutingSettings read(SettingsReader reader) {
        return new RoutingSettings(
                RoutingPolicy.parse(reader.oneOf("policy", RoutingPolicy.names())),
                reader.decimal("window-share", 0, 10),
                reader.duration("window", Duration.ZERO, Duration.ofMinutes(1)),
                reader.integer("index-entries", 1_000, 1 << 25),
                reader.integer("hash-tokens", 1, 1_000_000));
    }
}
