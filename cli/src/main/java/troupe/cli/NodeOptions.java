package troupe.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has that starts nodes. */
final class NodeOptions {
    /** The environment's variable with the key; it wins over the file of settings, the option over both. */
    static final String KEY_VARIABLE = "TROUPE_API_KEY";

    @Option(names = "--model", paramLabel = "NAME|PATH", description = "A known model or a GGUF file.")
    private @Nullable String model;

    @Option(names = "--host", description = "The address of HTTP (127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", description = "The port of HTTP (8000); 0 takes a free one.")
    private @Nullable Integer port;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "That clients have to send; better in " + KEY_VARIABLE + ", where nobody sees it.")
    private @Nullable String apiKey;

    @Option(names = "--allow-unauthenticated", description = "Answers other machines without a key.")
    private boolean allowUnauthenticated;

    @Option(names = "--threads", description = "That compute; 0, the default, takes all cores: see docs/threads.md.")
    private @Nullable Integer threads;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings in HOCON; see docs for all of them.")
    private @Nullable Path config;

    /** The file of settings, if one is named. */
    @Nullable
    Path config() {
        return config;
    }

    /** What the options say, over the file's settings. */
    Overrides overrides() {
        return new Overrides()
                .add("troupe.model", model)
                .add("troupe.http.host", host)
                .add("troupe.http.port", port)
                .add("troupe.http.api-key", apiKey == null ? keyOfEnvironment() : apiKey)
                .add("troupe.http.allow-unauthenticated", allowUnauthenticated ? true : null)
                .add("troupe.engine.threads", threads);
    }

    private static @Nullable String keyOfEnvironment() {
        String key = System.getenv(KEY_VARIABLE);
        return key == null || key.isBlank() ? null : key.strip();
    }
}
