/** Tests of {@code troupe.bench.load}. */
@NullMarked
package troupe.bench.load;

import org.jspecify.annotations.NullMarked;
