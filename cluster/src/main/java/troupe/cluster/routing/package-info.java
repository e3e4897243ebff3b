/** Which worker gets an attempt: what workers have cached and have to do, and policies that choose by it. */
@NullMarked
package troupe.cluster.routing;

import org.jspecify.annotations.NullMarked;
