package troupe.bench.failures;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import troupe.bench.JvmFlags;
import troupe.engine.store.CacheFolder;
import troupe.multinode.chaos.ChaosCluster;
import troupe.multinode.chaos.ChaosOptions;
import troupe.multinode.chaos.LoopbackSite;

/** Starts what is measured: gateways and workers, each a process, and each worker with one engine thread. */
final class Clusters {
    static final int WORKERS = 3;
    static final int GATEWAYS = 3;

    private final FailureOptions options;
    private final Consumer<String> say;

    Clusters(FailureOptions options, Consumer<String> say) {
        this.options = options;
        this.say = say;
    }

    /**
     * Returns when the cluster is whole.
     *
     * @param name of its folder
     * @param settings beside those that all have
     */
    ChaosCluster start(String name, int gateways, Map<String, String> settings)
            throws IOException, InterruptedException {
        Map<String, String> all = new TreeMap<>(settings);
        // Several workers share the memory of one machine, and all their streams fit one of them.
        all.putIfAbsent("engine.kv-memory", "512MiB");
        all.putIfAbsent("cluster.memory", "2GiB");
        List<String> flags = new ArrayList<>(JvmFlags.ofThisProcess());
        flags.add("-Xmx1g");
        say.accept(name + ": " + gateways + " gateways and " + WORKERS + " workers start, each a process");
        return ChaosCluster.start(
                new ChaosOptions(
                        gateways,
                        WORKERS,
                        options.model(),
                        options.modelName(),
                        options.streams(),
                        1,
                        1,
                        options.tokens(),
                        Prompts.SEED,
                        Files.createDirectories(options.folder().resolve(name)),
                        CacheFolder.ofThisUser(),
                        all,
                        flags),
                new LoopbackSite(gateways),
                say);
    }
}
