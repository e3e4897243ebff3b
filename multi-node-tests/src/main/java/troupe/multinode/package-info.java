/** Clusters of real processes on one machine, and clients that see what they do when nodes come, go and die. */
@NullMarked
package troupe.multinode;

import org.jspecify.annotations.NullMarked;
