package troupe.conf;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a node: the {@code troupe} tree of reference.conf, typed and validated.
 *
 * @param model catalogue name or path of a GGUF file
 * @param source the whole tree, Akka's part included, for whoever starts the actor system
 */
public record Settings(
        String model,
        HttpSettings http,
        EngineSettings engine,
        SequenceSettings sequence,
        RoutingSettings routing,
        TelemetrySettings telemetry,
        ClusterSettings cluster,
        Config source) {

    /**
     * Reads system properties over {@code file} over the defaults.
     *
     * @throws SettingsException naming the key, its value and what is allowed; unknown keys are refused
     */
    public static Settings load(@Nullable Path file) {
        return from(parse(file));
    }

    /** Like {@link #load}, with {@code overrides} (HOCON text, command-line options say) on top. */
    public static Settings load(@Nullable Path file, String overrides) {
        return from(ConfigFactory.parseString(overrides).withFallback(parse(file)));
    }

    private static Config parse(@Nullable Path file) {
        try {
            Config base = ConfigFactory.empty();
            if (file != null) {
                if (Files.isDirectory(file) || !Files.isReadable(file)) {
                    throw new SettingsException("settings file " + file + " cannot be read");
                }
                base = ConfigFactory.parseFile(file.toFile());
            }
            return ConfigFactory.defaultOverrides().withFallback(base);
        } catch (ConfigException e) {
            throw new SettingsException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Settings from(Config overrides) {
        try {
            Config all =
                    overrides.withFallback(ConfigFactory.defaultReference()).resolve();
            SettingsReader reader = new SettingsReader(all.getConfig("troupe"), "troupe");
            Settings settings = new Settings(
                    reader.text("model"),
                    HttpSettings.read(reader.section("http")),
                    EngineSettings.read(reader.section("engine")),
                    SequenceSettings.read(reader.section("sequence")),
                    RoutingSettings.read(reader.section("routing")),
                    TelemetrySettings.read(reader.section("telemetry")),
                    ClusterSettings.read(reader.section("cluster")),
                    all);
            reader.refuseUnknownKeys();
            return settings;
        } catch (ConfigException e) {
            throw new SettingsException(String.valueOf(e.getMessage()), e);
        }
    }
}
