/** Connections between the processes of a cluster that carry nothing: their ends tell of the processes' ends at once. */
@NullMarked
package troupe.cluster.control;

import org.jspecify.annotations.NullMarked;
