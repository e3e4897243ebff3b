/** Typed settings over one HOCON tree. */
@NullMarked
package troupe.conf;

import org.jspecify.annotations.NullMarked;
