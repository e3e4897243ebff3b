package troupe.conf;

import java.util.Arrays;
import java.util.Locale;

/** How a gateway chooses the worker of an attempt. */
public enum RoutingPolicy {
    /** The longest cached prefix within a window of the least estimated time. */
    PREFIX,
    /** The least work. */
    LEAST_LOADED,
    /** One after the other. */
    ROUND_ROBIN,
    /** By a hash of the prompt's beginning, with bounded loads. */
    CONSISTENT_HASH;

    /** As it is written in settings: "least-loaded". */
    public String settingName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static String[] names() {
        return Arrays.stream(values()).map(RoutingPolicy::settingName).toArray(String[]::new);
    }

    /** The policy of a name that {@link #names} has. */
    static RoutingPolicy parse(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
