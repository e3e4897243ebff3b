package troupe.conf;

import java.util.Arrays;
import java.util.Locale;

/** What a node does. */
public enum NodeRole {
    /** Both. */
    ALL,
    /** Takes requests over HTTP and owns them; no engine. */
    GATEWAY,
    /** Runs engines; no HTTP. */
    WORKER;

    public boolean isGateway() {
        return this != WORKER;
    }

    public boolean isWorker() {
        return this != GATEWAY;
    }

    static String[] names() {
        return Arrays.stream(values())
                .map(role -> role.name().toLowerCase(Locale.ROOT))
                .toArray(String[]::new);
    }

    static NodeRole parse(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
