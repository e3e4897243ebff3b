/** The {@code troupe} command and the only composition root: here, and nowhere else, the parts are put together. */
@NullMarked
package troupe.cli;

import org.jspecify.annotations.NullMarked;
