@NullMarked
package troupe.bench.chaos;

import org.jspecify.annotations.NullMarked;
