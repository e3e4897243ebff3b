/** The port between scheduling and computing: step plans in, sampled tokens out. */
@NullMarked
package troupe.engine.executor;

import org.jspecify.annotations.NullMarked;
