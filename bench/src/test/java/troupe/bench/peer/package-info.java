/** Tests of {@code troupe.bench.peer}. */
@NullMarked
package troupe.bench.peer;

import org.jspecify.annotations.NullMarked;
