@NullMarked
package troupe.cluster.simulation;

import org.jspecify.annotations.NullMarked;
