@NullMarked
package troupe.cluster.control;

import org.jspecify.annotations.NullMarked;
