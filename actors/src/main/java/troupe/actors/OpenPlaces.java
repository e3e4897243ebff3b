package troupe.actors;

import java.util.Optional;
import troupe.engine.Tenant;
import troupe.engine.TenantCounts;

/**
 * Who has a place among the open requests. Of the places that other tenants have left, a tenant may hold a share (the
 * dynamic thresholds of Choudhury and Hahne, 1998): however many flood the gateway, some places stay free for those who
 * do not, and a tenant that is alone has nearly all. Requests without a tenant are bounded by the whole only.
 */
public final class OpenPlaces {
    /** Why there is no place. */
    public record Refusal(FailureKind kind, String message) {}

    private final int most;
    private final double share;
    private final TenantCounts held = new TenantCounts();
    private int taken;

    /**
     * @param most places
     * @param share that a tenant may hold of what others have left, above 0 and at most 1
     */
    public OpenPlaces(int most, double share) {
        this.most = most;
        this.share = share;
    }

    int taken() {
        return taken;
    }

    /** Takes a place, or says why there is none. */
    public Optional<Refusal> take(Tenant tenant) {
        if (taken >= most) {
            return Optional.of(
                    new Refusal(FailureKind.OVERLOADED, taken + " requests are open, the most that are allowed"));
        }
        int own = held.count(tenant);
        int left = most - (taken - own);
        if (!tenant.name().isEmpty() && own >= Math.max(1, (int) (share * left))) {
            return Optional.of(new Refusal(
                    FailureKind.TENANT_LIMIT,
                    own + " requests of '" + tenant.name() + "' are open, the most that are allowed while others have "
                            + (taken - own) + " of the " + most + " places"));
        }
        occupy(tenant);
        return Optional.empty();
    }

    /** Takes a place whatever the limits: another gateway has accepted the request. */
    public void occupy(Tenant tenant) {
        taken++;
        held.add(tenant);
    }

    /** Gives a place back that was taken. */
    public void free(Tenant tenant) {
        held.remove(tenant);
        taken--;
    }
}
