@NullMarked
package troupe.cluster.simulation.faults;

import org.jspecify.annotations.NullMarked;
