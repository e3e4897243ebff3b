/** Decides what each step computes: a deterministic core without threads, clocks or randomness of its own. */
@NullMarked
package troupe.engine.scheduler;

import org.jspecify.annotations.NullMarked;
