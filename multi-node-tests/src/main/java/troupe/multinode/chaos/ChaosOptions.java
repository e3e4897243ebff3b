package troupe.multinode.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How much of everything.
 *
 * @param model a name, or the path of a file
 * @param modelName as requests name it
 * @param clients that ask at once, each {@code requests} in each scenario, or more while something still happens
 * @param rounds how often a scenario does again what is over soon
 * @param tokens of an answer, about
 * @param seed of the requests and of all that happens
 * @param folder of logs, states and evidence; exists
 * @param cacheFolder of the models
 * @param settings of every node, by key, without the leading "troupe."
 * @param jvmFlags of every node
 */
public record ChaosOptions(
        int gateways,
        int workers,
        String model,
        String modelName,
        int clients,
        int requests,
        int rounds,
        int tokens,
        long seed,
        Path folder,
        Path cacheFolder,
        Map<String, String> settings,
        List<String> jvmFlags) {
    public ChaosOptions {
        settings = Map.copyOf(settings);
        jvmFlags = List.copyOf(jvmFlags);
    }

    int nodes() {
        return gateways + workers;
    }
}
