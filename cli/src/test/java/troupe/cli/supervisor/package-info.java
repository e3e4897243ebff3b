@NullMarked
package troupe.cli.supervisor;

import org.jspecify.annotations.NullMarked;
