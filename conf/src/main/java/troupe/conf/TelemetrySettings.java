package troupe.conf;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Traces of requests.
 *
 * @param endpoint of a collector that takes OTLP over HTTP; null: nothing is exported
 */
public record TelemetrySettings(@Nullable URI endpoint) {
    static TelemetrySettings read(SettingsReader reader) {
        return new TelemetrySettings(reader.httpAddress("endpoint"));
    }
}
