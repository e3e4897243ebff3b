package troupe.engine;

import java.util.Objects;

/**
 * Whose a request is.
 *
 * @param name of the API key that it came with; empty where the gateway asks for none
 * @param weight its share of the workers beside other tenants', at least 1; 0 where it was not told, which counts as 1
 */
public record Tenant(String name, int weight) {
    public Tenant {
        name = Objects.requireNonNullElse(name, "");
    }

    /** Of requests that came without a key. */
    public static final Tenant NONE = new Tenant("", 1);

    /** The weight as it counts, at least 1. */
    public int share() {
        return Math.max(1, weight);
    }
}
