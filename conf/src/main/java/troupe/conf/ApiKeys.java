package troupe.conf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The file of {@code troupe.http.keys-file}: HOCON (JSON is a part of it), a list {@code keys} of objects with {@code name}
 * and {@code sha256}, and, where wanted, {@code weight}, {@code priority}, {@code max-open-requests},
 * {@code requests-per-minute} and {@code tokens-per-minute}.
 */
public final class ApiKeys {
    /** Each is compared with each request's key, and names a series of every metric by key. */
    public static final int MOST = 1_000;

    private static final long MOST_BYTES = 1 << 20;
    private static final int MOST_WEIGHT = 1_000_000;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String HEX_DIGITS = "[0-9a-f]{" + 2 * ApiKey.Hash.BYTES + "}";

    private ApiKeys() {}

    /**
     * Reads the keys of a file.
     *
     * @throws SettingsException naming the file, the line of the entry, the field and what is allowed
     */
    public static List<ApiKey> read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new SettingsException(
                        file + " has more than " + MOST_BYTES + " bytes, the most that are allowed");
            }
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new SettingsException("the keys file " + file + " cannot be read", e);
        }
    }

    /** @param source the file's name, for messages */
    static List<ApiKey> parse(String source, String text) {
        try {
            Config file = ConfigFactory.parseString(
                            text,
                            ConfigParseOptions.defaults()
                                    .setSyntax(ConfigSyntax.CONF)
                                    .setOriginDescription(source))
                    .resolve(ConfigResolveOptions.noSystem());
            refuseUnknown(source, file, Set.of("keys"));
            List<ApiKey> keys = new ArrayList<>();
            for (ConfigValue entry : file.getList("keys")) {
                keys.add(new Entry(source, keys.size() + 1, entry).read());
            }
            refuseTwins(source, keys);
            return List.copyOf(keys);
        } catch (ConfigException e) {
            throw new SettingsException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Whether a key may be called so: a name fits into a label, a header and a line of the log. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /** The line of the file for a key with no limits; the name {@link #isName}. */
    public static String entry(String name, ApiKey.Hash hash) {
        return "keys += { name = \"" + name + "\", sha256 = \"" + hash + "\" }";
    }

    private static void refuseUnknown(String at, Config config, Set<String> known) {
        for (String field : config.root().keySet()) {
            if (!known.contains(field)) {
                throw new SettingsException(at + ": unknown field " + field + "; known here are "
                        + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    private static void refuseTwins(String source, List<ApiKey> keys) {
        if (keys.size() > MOST) {
            throw new SettingsException(source + " has " + keys.size() + " keys, at most " + MOST + " are allowed");
        }
        Set<String> names = new HashSet<>();
        Set<ApiKey.Hash> hashes = new HashSet<>();
        for (ApiKey key : keys) {
            if (!names.add(key.name())) {
                throw new SettingsException(source + " has two keys of the name " + key.name());
            }
            if (!hashes.add(key.hash())) {
                throw new SettingsException(source + ": the sha256 of " + key.name() + " is another key's too");
            }
        }
    }

    /** One object of the list. */
    private static final class Entry {
        private static final Set<String> FIELDS = Set.of(
                "name",
                "sha256",
                "weight",
                "priority",
                "max-open-requests",
                "requests-per-minute",
                "tokens-per-minute");

        private final String at;
        private final Config config;

        Entry(String source, int number, ConfigValue value) {
            at = source + ", line " + value.origin().lineNumber() + ", key " + number;
            if (!(value instanceof ConfigObject object)) {
                throw new SettingsException(
                        at + " is " + value.render() + ", an object { name, sha256, ... } is required");
            }
            config = object.toConfig();
        }

        ApiKey read() {
            refuseUnknown(at, config, FIELDS);
            String name = text("name");
            if (!isName(name)) {
                throw new SettingsException(at + ": name is '" + name + "', allowed are 1 to 64 letters, digits, dots,"
                        + " hyphens and underscores, a letter or digit first");
            }
            String sha256 = text("sha256").toLowerCase(Locale.ROOT);
            if (!sha256.matches(HEX_DIGITS)) {
                throw new SettingsException(at + ": sha256 has " + sha256.length() + " characters, "
                        + 2 * ApiKey.Hash.BYTES + " hexadecimal digits are required");
            }
            return new ApiKey(
                    name,
                    new ApiKey.Hash(HexFormat.of().parseHex(sha256)),
                    whole("weight", 1, MOST_WEIGHT, 1),
                    whole("priority", Integer.MIN_VALUE, Integer.MAX_VALUE, 0),
                    new KeyLimits(
                            whole("max-open-requests", 1, Integer.MAX_VALUE, 0),
                            whole("requests-per-minute", 1, Integer.MAX_VALUE, 0),
                            whole("tokens-per-minute", 1, Integer.MAX_VALUE, 0)));
        }

        private String text(String field) {
            if (!config.hasPath(field)) {
                throw new SettingsException(at + ": " + field + " is missing");
            }
            return config.getString(field);
        }

        private int whole(String field, int min, int max, int absent) {
            if (!config.hasPath(field)) {
                return absent;
            }
            long value = config.getLong(field);
            if (value < min || value > max) {
                throw new SettingsException(at + ": " + field + " is " + value + ", allowed are " + min + " to " + max);
            }
            return Math.toIntExact(value);
        }
    }
}
