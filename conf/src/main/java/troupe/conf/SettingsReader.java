package troupe.conf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads typed values from one section and remembers which keys were asked for, so that the rest can be refused. */
final class SettingsReader {
    private final Config config;
    private final String path;
    private final Set<String> known = new TreeSet<>();
    private final List<SettingsReader> sections = new ArrayList<>();

    SettingsReader(Config config, String path) {
        this.config = config;
        this.path = path;
    }

    SettingsReader section(String key) {
        known.add(key);
        ConfigValue value = config.getValue(key);
        if (value.valueType() != ConfigValueType.OBJECT) {
            throw new SettingsException(
                    path + "." + key + " is " + value.render() + ", a section { ... } of settings is required");
        }
        SettingsReader section = new SettingsReader(config.getConfig(key), path + "." + key);
        sections.add(section);
        return section;
    }

    String text(String key) {
        known.add(key);
        String value = config.getString(key);
        if (value.isBlank()) {
            throw new SettingsException(path + "." + key + " is blank");
        }
        return value;
    }

    /** An http or https address; null where the text is empty. */
    @Nullable
    URI httpAddress(String key) {
        known.add(key);
        String value = config.getString(key);
        if (value.isEmpty()) {
            return null;
        }
        try {
            URI address = new URI(value);
            if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
                    && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException e) {
            throw noAddress(key, value, e);
        }
        throw noAddress(key, value, null);
    }

    private SettingsException noAddress(String key, String value, @Nullable Exception cause) {
        return new SettingsException(
                path + "." + key + " is '" + value + "', an address such as http://127.0.0.1:4318 is required", cause);
    }

    /** Printable ASCII without spaces, at least {@code min} characters; null where the text is empty. */
    @Nullable
    Secret secret(String key, int min) {
        known.add(key);
        String value = config.getString(key);
        if (value.isEmpty()) {
            return null;
        }
        if (value.length() < min || !value.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
            throw new SettingsException(path + "." + key + " has " + value.length() + " characters, at least " + min
                    + " are required, all of them printable ASCII and no spaces");
        }
        return new Secret(value);
    }

    /** A text that may be empty. */
    String optionalText(String key) {
        known.add(key);
        return config.getString(key).strip();
    }

    boolean flag(String key) {
        known.add(key);
        return config.getBoolean(key);
    }

    List<String> texts(String key) {
        known.add(key);
        return config.getStringList(key);
    }

    /** Refuses the value of a key that was read. */
    SettingsException refusal(String key, String value, String allowed) {
        return new SettingsException(path + "." + key + " is '" + value + "', allowed " + allowed);
    }

    String oneOf(String key, String... allowed) {
        String value = text(key);
        if (!List.of(allowed).contains(value)) {
            throw new SettingsException(
                    path + "." + key + " is '" + value + "', allowed are " + String.join(", ", allowed));
        }
        return value;
    }

    int integer(String key, int min, int max) {
        known.add(key);
        return Math.toIntExact(inRange(key, config.getLong(key), min, max));
    }

    double decimal(String key, double min, double max) {
        known.add(key);
        double value = config.getDouble(key);
        if (!(value >= min && value <= max)) {
            throw new SettingsException(path + "." + key + " is " + value + ", allowed are " + min + " to " + max);
        }
        return value;
    }

    long bytes(String key, long min, long max) {
        known.add(key);
        return inRange(key, config.getBytes(key), min, max);
    }

    Duration duration(String key, Duration min, Duration max) {
        known.add(key);
        Duration value = config.getDuration(key);
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new SettingsException(path + "." + key + " is " + value + ", allowed are " + min + " to " + max);
        }
        return value;
    }

    /** Call once everything was read. */
    void refuseUnknownKeys() {
        for (String key : config.root().keySet()) {
            if (!known.contains(key)) {
                throw new SettingsException(
                        "unknown setting " + path + "." + key + "; known here are " + String.join(", ", known));
            }
        }
        sections.forEach(SettingsReader::refuseUnknownKeys);
    }

    private long inRange(String key, long value, long min, long max) {
        if (value < min || value > max) {
            throw new SettingsException(path + "." + key + " is " + value + ", allowed are " + min + " to " + max);
        }
        return value;
    }
}
