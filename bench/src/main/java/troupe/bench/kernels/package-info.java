/** Every kernel against what the machine allows it. */
@NullMarked
package troupe.bench.kernels;

import org.jspecify.annotations.NullMarked;
