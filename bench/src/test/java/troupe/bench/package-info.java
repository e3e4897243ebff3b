/** Tests of the bench commands: what can be tested without taking times. */
@NullMarked
package troupe.bench;

import org.jspecify.annotations.NullMarked;
