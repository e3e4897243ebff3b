package troupe.engine.scheduler;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import troupe.engine.Tenant;

/** How many sequences each tenant has among some. */
final class TenantCounts {
    private final Map<String, Integer> counts = new HashMap<>();

    void add(Tenant tenant) {
        counts.merge(tenant.name(), 1, Integer::sum);
    }

    /** One that was added is there no more. */
    void remove(Tenant tenant) {
        counts.computeIfPresent(tenant.name(), (name, count) -> count == 1 ? null : count - 1);
    }

    int count(Tenant tenant) {
        return counts.getOrDefault(tenant.name(), 0);
    }

    /** The count by the tenant's weight. */
    double share(Tenant tenant) {
        return (double) count(tenant) / tenant.share();
    }

    /** Whether a tenant has one here and none there. */
    boolean hasOthersThan(TenantCounts there) {
        return !there.counts.keySet().containsAll(counts.keySet());
    }

    /** Throws IllegalStateException where these are not the counts of the sequences. */
    void verify(Collection<Sequence> sequences) {
        TenantCounts counted = new TenantCounts();
        sequences.forEach(sequence -> counted.add(sequence.request.tenant()));
        if (!counted.counts.equals(counts)) {
            throw new IllegalStateException("counted by tenant " + counts + ", there are " + counted.counts);
        }
    }
}
