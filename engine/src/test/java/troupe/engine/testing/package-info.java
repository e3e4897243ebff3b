/** Deterministic stand-ins for a model, for the tests of this and other modules. */
@NullMarked
package troupe.engine.testing;

import org.jspecify.annotations.NullMarked;
