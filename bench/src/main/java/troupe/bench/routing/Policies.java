package troupe.bench.routing;

import java.util.List;
import java.util.SplittableRandom;
import troupe.cluster.routing.Selectors;
import troupe.conf.RoutingPolicy;
import troupe.conf.RoutingSettings;
import troupe.conf.Settings;

/** The policies that are compared. */
final class Policies {
    static final String ROUND_ROBIN = title(RoutingPolicy.ROUND_ROBIN);
    static final String LEAST_LOADED = title(RoutingPolicy.LEAST_LOADED);
    static final String PREFIX = title(RoutingPolicy.PREFIX);

    private static final List<RoutingPolicy> IN_ORDER = List.of(
            RoutingPolicy.ROUND_ROBIN, RoutingPolicy.LEAST_LOADED, RoutingPolicy.CONSISTENT_HASH, RoutingPolicy.PREFIX);

    static final int NAMINGS = 9;

    private Policies() {}

    /**
     * All of them, ours last.
     *
     * @param settings of all but the policy
     * @param seed of random choices
     */
    static List<Policy> all(Settings settings, long seed) {
        return IN_ORDER.stream().map(policy -> of(policy, settings, seed)).toList();
    }

    /** @throws IllegalArgumentException if there is none of that title */
    static Policy named(String title, Settings settings, long seed) {
        for (RoutingPolicy policy : IN_ORDER) {
            if (title(policy).equals(title)) {
                return of(policy, settings, seed);
            }
        }
        throw new IllegalArgumentException("there is no policy '" + title + "'");
    }

    private static Policy of(RoutingPolicy policy, Settings settings, long seed) {
        RoutingSettings routing = settings.routing();
        RoutingSettings compared = new RoutingSettings(
                policy, routing.windowShare(), routing.window(), routing.indexEntries(), routing.hashTokens());
        SplittableRandom gateways = new SplittableRandom(seed);
        return new Policy(
                title(policy),
                policy.settingName(),
                policy == RoutingPolicy.CONSISTENT_HASH ? NAMINGS : 1,
                () -> Selectors.create(compared, settings.engine().maxStepTokens(), gateways.split(), () -> 0));
    }

    private static String title(RoutingPolicy policy) {
        return policy.settingName().replace('-', ' ');
    }
}
