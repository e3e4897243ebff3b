package troupe.cluster;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What one gateway knows of the deployments, and the changes made here that are on their way to the disks of a majority of
 * the gateways. A change is in force here at once. No actors, no clock, no files: whoever holds this sends {@link #all} to
 * the other gateways, writes {@link #kept} to the disk, and says who has what.
 */
final class Deployments {
    private final String self;
    private final long limitNanos;
    private final DeploymentTable table = new DeploymentTable();
    private final Map<Deployment.Version, Majority> changes = new HashMap<>();

    /**
     * @param self name of this gateway's node
     * @param limitNanos within which a majority has to have a change
     */
    Deployments(String self, long limitNanos) {
        this.self = self;
        this.limitNanos = limitNanos;
    }

    /** Takes in what another gateway or the disk knows; whether anything of it was news. */
    boolean merge(Collection<Deployment> deployments) {
        return table.merge(deployments);
    }

    /** A version for the next change made here: later than all that are known. */
    Deployment.Version next() {
        return table.next(self);
    }

    /** A change made here; {@code done} is completed by {@link #settle}. */
    void change(Deployment deployment, CompletableFuture<Void> done, long nowNanos) {
        table.merge(List.of(deployment));
        changes.put(deployment.version(), new Majority(done, nowNanos + limitNanos));
    }

    /** A gateway has these, or later ones, on its disk. */
    void stored(String gateway, Collection<Deployment.Version> versions) {
        for (Deployment.Version version : versions) {
            Majority change = changes.get(version);
            if (change != null) {
                change.stored(gateway);
            }
        }
    }

    /** Ends the changes that are decided, one way or the other. */
    void settle(Set<String> gateways, long nowNanos) {
        changes.values().removeIf(change -> change.settle(gateways, nowNanos));
    }

    /** Whether others still have to be told of a change. */
    boolean hasOpenChanges() {
        return !changes.isEmpty();
    }

    /** As {@link DeploymentTable#find}. */
    Optional<Deployment> find(String nameOrSource) {
        return table.find(nameOrSource);
    }

    /** As {@link DeploymentTable#all}. */
    List<Deployment> all() {
        return table.all();
    }

    /** As {@link DeploymentTable#active}. */
    List<Deployment> active() {
        return table.active();
    }

    /** What belongs on the disk: all but what follows from the settings anyway. */
    List<Deployment> kept() {
        return table.all().stream()
                .filter(deployment -> !deployment.version().isImplicit())
                .toList();
    }
}
