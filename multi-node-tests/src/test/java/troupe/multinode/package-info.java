/** A cluster of real processes, and what its clients see when nodes come, go and die. */
@NullMarked
package troupe.multinode;

import org.jspecify.annotations.NullMarked;
