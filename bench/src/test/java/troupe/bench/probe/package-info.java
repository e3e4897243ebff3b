/** Tests of {@code troupe.bench.probe}. */
@NullMarked
package troupe.bench.probe;

import org.jspecify.annotations.NullMarked;
