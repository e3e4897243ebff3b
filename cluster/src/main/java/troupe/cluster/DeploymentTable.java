package troupe.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The deployments as one gateway knows them. Tables of different gateways become equal by merging, in any order and any
 * number of times: of each model the greatest version counts. No actors, no clock, no files.
 */
final class DeploymentTable {
    private final TreeMap<String, Deployment> byModel = new TreeMap<>();

    /** Takes in what is later than what is known; whether anything was. */
    boolean merge(Collection<Deployment> deployments) {
        boolean changed = false;
        for (Deployment deployment : deployments) {
            Deployment known = byModel.get(deployment.model().name());
            if (known == null || isLater(deployment, known)) {
                byModel.put(deployment.model().name(), deployment);
                changed = true;
            }
        }
        return changed;
    }

    /** Of equal versions (settings that differ between gateways) one wins everywhere, whichever. */
    private static boolean isLater(Deployment deployment, Deployment than) {
        int order = deployment.version().compareTo(than.version());
        return order > 0 || (order == 0 && deployment.toString().compareTo(than.toString()) > 0);
    }

    /** A version later than all that are known. */
    Deployment.Version next(String origin) {
        long greatest = 0;
        for (Deployment deployment : byModel.values()) {
            greatest = Math.max(greatest, deployment.version().number());
        }
        return new Deployment.Version(greatest + 1, origin);
    }

    /** The deployment of a model by the name that requests use, or by its source; removed ones do not count. */
    Optional<Deployment> find(String nameOrSource) {
        return active().stream()
                .filter(deployment -> deployment.model().name().equals(nameOrSource)
                        || deployment.source().equals(nameOrSource))
                .findFirst();
    }

    /** Sorted by model, removed ones included. */
    List<Deployment> all() {
        return List.copyOf(byModel.values());
    }

    /** Sorted by model, without those that are removed. */
    List<Deployment> active() {
        List<Deployment> active = new ArrayList<>();
        for (Deployment deployment : byModel.values()) {
            if (!deployment.removed()) {
                active.add(deployment);
            }
        }
        return active;
    }
}
