/** Tests of {@code troupe.bench.kernels}. */
@NullMarked
package troupe.bench.kernels;

import org.jspecify.annotations.NullMarked;
