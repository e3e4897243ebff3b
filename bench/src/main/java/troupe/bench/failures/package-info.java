/** What failures and overload cost clients, measured over real processes: {@code troupe bench failures}. */
@NullMarked
package troupe.bench.failures;

import org.jspecify.annotations.NullMarked;
