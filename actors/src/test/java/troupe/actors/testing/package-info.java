/** Fakes for tests of the actors and of what is built on them. */
@NullMarked
package troupe.actors.testing;

import org.jspecify.annotations.NullMarked;
