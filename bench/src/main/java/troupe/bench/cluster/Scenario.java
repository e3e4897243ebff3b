package troupe.bench.cluster;

import java.util.Locale;

/** What is done with a cluster while clients ask it. */
enum Scenario {
    /** Both models are asked at once. */
    TWO_MODELS,
    /** A node joins and takes over the replicas of one that is drained. */
    JOIN,
    /** Every node is drained and started again, one after the other. */
    ROLLING_RESTART;

    /** As it is typed. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
