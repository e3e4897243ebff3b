/** How well routing policies do, in a simulated cluster and over real processes. */
@NullMarked
package troupe.bench.routing;

import org.jspecify.annotations.NullMarked;
