package troupe.actors.admin;

import java.util.List;
import java.util.concurrent.CompletionStage;

/** What operators can ask of a cluster, on any gateway. Stages fail with {@link AdminException} where a wish is refused. */
public interface ClusterAdmin {
    /** Replicas that may be asked for of one model. */
    int MOST_REPLICAS = 100_000;

    /** The cluster as this node knows it; answers at once. */
    ClusterView view();

    /** How this node's gateway routes; answers at once. */
    RoutingView routing();

    /** What this node's gateway does for requests that outlive their connections; answers at once. */
    ResumingView resuming();

    /** The events after a number, oldest first, as far back as they are kept. */
    List<ClusterEvent> eventsAfter(long number);

    /**
     * Deploys a model, or changes its deployment.
     *
     * @param model a name that every node's model store knows, or a path that is there on every worker
     * @param replicas 0 to {@link #MOST_REPLICAS}
     * @param kvMemoryBytes of each replica; 0 lets the node decide
     * @return completes when a majority of the gateways has it on disk
     */
    CompletionStage<Void> deploy(String model, int replicas, long kvMemoryBytes);

    /** Changes the number of replicas; as {@link #deploy}. */
    CompletionStage<Void> scale(String model, int replicas);

    /** Removes a deployment with its replicas, which finish what runs. */
    CompletionStage<Void> unload(String model);

    /**
     * A node takes nothing new, finishes or hands over what runs, and leaves.
     *
     * @param force down it if it cannot be reached
     * @return completes when the drain has begun
     */
    CompletionStage<Void> drain(String node, boolean force);
}
