@NullMarked
package troupe.multinode.chaos;

import org.jspecify.annotations.NullMarked;
