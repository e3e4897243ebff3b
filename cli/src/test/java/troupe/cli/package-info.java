/** The command line as its users see it. */
@NullMarked
package troupe.cli;

import org.jspecify.annotations.NullMarked;
