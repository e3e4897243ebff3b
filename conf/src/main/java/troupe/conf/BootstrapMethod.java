package troupe.conf;

import java.util.Arrays;
import java.util.Locale;

/** How a node finds the others when it starts. */
public enum BootstrapMethod {
    /** By {@code troupe.cluster.join}. */
    NONE,
    /** By a list of management ports. */
    CONTACTS,
    /** By the addresses of a name. */
    DNS,
    /** By the pods with a label. */
    KUBERNETES;

    static String[] names() {
        return Arrays.stream(values())
                .map(method -> method.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
    }

    static BootstrapMethod parse(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
