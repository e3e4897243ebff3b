package troupe.conf;

import java.time.Duration;

/**
 * What a sequence promises.
 *
 * @param defaultDeadline of requests that name none
 * @param maxDeadline the longest that a request may name; not below the default
 * @param silenceLimit after which an engine without a sign of life is taken for dead
 * @param convictionKept for which a request that brings workers down is refused
 * @param maxChoices the largest n of a request
 * @param resume what clients may count on that come back to a request
 */
public record SequenceSettings(
        Duration defaultDeadline,
        Duration maxDeadline,
        Duration silenceLimit,
        Duration convictionKept,
        int maxChoices,
        ResumeSettings resume) {
    static SequenceSettings read(SettingsReader reader) {
        Duration deadline = reader.duration("default-deadline", Duration.ofSeconds(1), Duration.ofDays(7));
        return new SequenceSettings(
                deadline,
                reader.duration("max-deadline", deadline, Duration.ofDays(7)),
                reader.duration("silence-limit", Duration.ofMillis(100), Duration.ofHours(1)),
                reader.duration("conviction-kept", Duration.ZERO, Duration.ofDays(7)),
                reader.integer("max-choices", 1, 128),
                ResumeSettings.read(reader));
    }
}
