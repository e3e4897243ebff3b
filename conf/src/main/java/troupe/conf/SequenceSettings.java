package troupe.conf;

import java.time.Duration;

/**
 * What a sequence promises.
 *
 * @param defaultDeadline of requests that name none
 * @param silenceLimit after which an engine without a sign of life is taken for dead
 * @param maxChoices the largest n of a request
 */
public record SequenceSettings(Duration defaultDeadline, Duration silenceLimit, int maxChoices) {
    static SequenceSettings read(SettingsReader reader) {
        return new SequenceSettings(
                reader.duration("default-deadline", Duration.ofSeconds(1), Duration.ofDays(7)),
                reader.duration("silence-limit", Duration.ofMillis(100), Duration.ofHours(1)),
                reader.integer("max-choices", 1, 128));
    }
}
