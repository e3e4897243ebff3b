/** Measurements: the comparison with peers side by side, and JMH benchmarks of single parts. */
@NullMarked
package troupe.bench;

import org.jspecify.annotations.NullMarked;
