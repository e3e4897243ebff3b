package troupe.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has that starts nodes. */
final class NodeOptions {
    @Option(names = "--model", paramLabel = "NAME|PATH", description = "A known model or a GGUF file.")
    private @Nullable String model;

    @Option(names = "--host", description = "The address of HTTP (127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", description = "The port of HTTP (8000); 0 takes a free one.")
    private @Nullable Integer port;

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
                .add("troupe.engine.threads", threads);
    }
}
