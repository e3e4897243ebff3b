@NullMarked
package troupe.bench.failures;

import org.jspecify.annotations.NullMarked;
