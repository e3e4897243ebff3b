/** The rules of the whole. */
@NullMarked
package troupe;

import org.jspecify.annotations.NullMarked;
