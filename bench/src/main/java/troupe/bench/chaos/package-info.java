/** The {@code troupe chaos} command. */
@NullMarked
package troupe.bench.chaos;

import org.jspecify.annotations.NullMarked;
