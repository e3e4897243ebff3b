package troupe.conf;

import java.time.Duration;

/**
 * Requests that outlive their connections.
 *
 * @param grace how long one is kept without a listener where its client does not say
 * @param maxGrace the longest that a client may ask for
 * @param replicate whether another gateway holds what it takes to go on with one
 * @param maxReplicaBytes of other gateways' requests that one gateway holds
 * @param maxFinished finished answers that one gateway keeps for their clients to come back
 * @param maxFinishedBytes of these
 * @param peerSilence without an answer of another gateway, after which it is out of touch
 */
public record ResumeSettings(
        Duration grace,
        Duration maxGrace,
        boolean replicate,
        long maxReplicaBytes,
        int maxFinished,
        long maxFinishedBytes,
        Duration peerSilence) {
    static ResumeSettings read(SettingsReader reader) {
        Duration maxGrace = reader.duration("max-resume-grace", Duration.ofSeconds(1), Duration.ofDays(1));
        return new ResumeSettings(
                reader.duration("resume-grace", Duration.ofSeconds(1), maxGrace),
                maxGrace,
                reader.flag("replicate"),
                reader.bytes("max-replica-memory", 0, 1L << 40),
                reader.integer("max-finished", 0, 1_000_000),
                reader.bytes("max-finished-memory", 0, 1L << 40),
                reader.duration("peer-silence-limit", Duration.ofMillis(200), Duration.ofMinutes(1)));
    }
}
