/** Placement, routing and membership. */
@NullMarked
package troupe.cluster;

import org.jspecify.annotations.NullMarked;
