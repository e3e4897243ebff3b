package troupe.multinode;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import troupe.engine.testing.TinyLlama;

/** Clusters of quickly started processes around models of a few kilobytes. */
final class TinyCluster {
    private static final int CONTEXT = 4_096;

    static final Map<String, String> SETTINGS = Map.of(
            "http.port", "0",
            "engine.threads", "1",
            "engine.kv-memory", "4MiB",
            "cluster.memory", "16MiB",
            "cluster.hand-over-after", "100ms");

    static final List<String> FLAGS = List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "--add-modules=jdk.incubator.vector",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "-Xmx256m");

    private TinyCluster() {}

    /** Starts nothing yet; logs, models and the cache lie in {@code folder}. */
    static ProcessCluster in(Path folder) {
        return new ProcessCluster(folder, folder.resolve("cache"), SETTINGS, FLAGS);
    }

    /** Writes the model {@code NAME.gguf}, another one for each seed. */
    static Path model(Path folder, String name, long seed) {
        return TinyLlama.writer(seed).uint32("llama.context_length", CONTEXT).write(folder.resolve(name + ".gguf"));
    }
}
