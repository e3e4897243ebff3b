package troupe.cluster.routing;

import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;
import troupe.actors.WorkerSelector;
import troupe.conf.RoutingSettings;

/** Makes the selector that the settings ask for. */
public final class Selectors {
    private Selectors() {}

    /**
     * A selector for one gateway.
     *
     * @param stepTokens tokens that a worker computes in one step at most
     * @param random breaks ties; used by the selector's thread
     * @param rank of the gateway among all: from 0, another one for each
     */
    public static WorkerSelector create(
            RoutingSettings settings, int stepTokens, RandomGenerator random, IntSupplier rank) {
        return switch (settings.policy()) {
            case PREFIX ->
                new PrefixSelector(
                        new PrefixWindow(
                                settings.windowShare(), settings.window().toNanos() / 1e9),
                        settings.indexEntries(),
                        stepTokens,
                        random,
                        rank);
            case LEAST_LOADED -> new LeastLoadedSelector();
            case ROUND_ROBIN -> new RoundRobinSelector();
            case CONSISTENT_HASH -> new ConsistentHashSelector(settings.hashTokens());
        };
    }
}
