package troupe.cluster;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import troupe.actors.admin.AdminException;

/** A change on its way to the disks of a majority of the gateways. */
final class Majority {
    private final Set<String> stored = new HashSet<>();
    private final CompletableFuture<Void> done;
    private final long deadlineNanos;

    Majority(CompletableFuture<Void> done, long deadlineNanos) {
        this.done = done;
        this.deadlineNanos = deadlineNanos;
    }

    /** {@code gateway} has it on disk. */
    void stored(String gateway) {
        stored.add(gateway);
    }

    /** Ends the change if it is decided; whether it is. */
    boolean settle(Set<String> gateways, long nowNanos) {
        int have = 0;
        for (String gateway : gateways) {
            have += stored.contains(gateway) ? 1 : 0;
        }
        if (have > gateways.size() / 2) {
            done.complete(null);
            return true;
        }
        if (nowNanos - deadlineNanos >= 0) {
            done.completeExceptionally(new AdminException(
                    AdminException.Kind.UNAVAILABLE,
                    have + " of " + gateways.size() + " gateways have it on disk, a majority is needed; it may still"
                            + " come into force"));
            return true;
        }
        return false;
    }
}
