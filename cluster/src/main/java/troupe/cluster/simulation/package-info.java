/**
 * A cluster in virtual time: the same selectors, scheduler and block pool as in production, with engines whose steps take
 * the time that a model of their speed says. No threads, no clock; all randomness from seeds.
 */
@NullMarked
package troupe.cluster.simulation;

import org.jspecify.annotations.NullMarked;
