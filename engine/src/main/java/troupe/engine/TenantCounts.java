package troupe.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** How many of some things, requests or sequences, each tenant has. Not thread-safe. */
public final class TenantCounts {
    private final Map<String, Integer> counts = new HashMap<>();

    /** One more of the tenant's. */
    public void add(Tenant tenant) {
        counts.merge(tenant.name(), 1, Integer::sum);
    }

    /** One that was added is there no more. */
    public void remove(Tenant tenant) {
        counts.computeIfPresent(tenant.name(), (name, count) -> count == 1 ? null : count - 1);
    }

    /** 0 for a tenant that has none. */
    public int count(Tenant tenant) {
        return counts.getOrDefault(tenant.name(), 0);
    }

    /** The count by the tenant's weight. */
    public double share(Tenant tenant) {
        return (double) count(tenant) / tenant.share();
    }

    /** Whether a tenant has one here and none there. */
    public boolean hasOthersThan(TenantCounts there) {
        return !there.counts.keySet().containsAll(counts.keySet());
    }

    /**
     * Checks the counts.
     *
     * @throws IllegalStateException where they are not those of the tenants
     */
    public void verify(Stream<Tenant> tenants) {
        TenantCounts counted = new TenantCounts();
        tenants.forEach(counted::add);
        if (!counted.counts.equals(counts)) {
            throw new IllegalStateException("counted by tenant " + counts + ", there are " + counted.counts);
        }
    }
}
