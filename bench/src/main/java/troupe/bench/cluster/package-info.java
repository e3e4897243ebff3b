/** Shows what a cluster of processes on one machine does while clients ask it. */
@NullMarked
package troupe.bench.cluster;

import org.jspecify.annotations.NullMarked;
