@NullMarked
package troupe.cluster.tls;

import org.jspecify.annotations.NullMarked;
