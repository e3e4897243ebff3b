package troupe.cluster;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Comparator;
import troupe.actors.ModelId;

/**
 * What an operator asked for, one for each model.
 *
 * @param source what nodes ask their model library for
 * @param weightBytes memory that the weights take
 * @param replicas wanted; counts only where {@code everywhere} is false
 * @param everywhere one replica on every worker
 * @param kvMemoryBytes of each replica; 0 lets the node decide
 * @param removed the model is deployed no more; kept, so that no gateway brings it back
 */
record Deployment(
        ModelId model,
        String source,
        long weightBytes,
        int replicas,
        boolean everywhere,
        long kvMemoryBytes,
        boolean removed,
        Version version) {
    /** Orders the states of a deployment: the greater one is the later one. */
    record Version(long number, String origin) implements Comparable<Version> {
        private static final Comparator<Version> ORDER =
                Comparator.comparingLong(Version::number).thenComparing(Version::origin);

        /** That of a deployment that follows from the settings and was never changed. */
        static final Version IMPLICIT = new Version(0, "");

        @Override
        public int compareTo(Version other) {
            return ORDER.compare(this, other);
        }

        @JsonIgnore
        boolean isImplicit() {
            return number == 0;
        }
    }

    Deployment with(int newReplicas, Version newVersion) {
        return new Deployment(model, source, weightBytes, newReplicas, false, kvMemoryBytes, false, newVersion);
    }

    Deployment without(Version newVersion) {
        return new Deployment(model, source, weightBytes, 0, false, kvMemoryBytes, true, newVersion);
    }

    ReplicaSpec spec() {
        return new ReplicaSpec(model, source, weightBytes, kvMemoryBytes);
    }
}
