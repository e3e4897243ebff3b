package troupe.cluster;

import troupe.actors.ModelId;

/**
 * A replica that a node is to run.
 *
 * @param source what the node's model library is asked for
 * @param weightBytes memory of its weights
 * @param kvMemoryBytes of its KV cache; 0 lets the node decide
 */
record ReplicaSpec(ModelId model, String source, long weightBytes, long kvMemoryBytes) {}
