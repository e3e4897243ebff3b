@NullMarked
package troupe.cli.deploy;

import org.jspecify.annotations.NullMarked;
