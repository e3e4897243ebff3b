@NullMarked
package troupe.bench.routing;

import org.jspecify.annotations.NullMarked;
