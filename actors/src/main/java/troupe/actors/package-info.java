/**
 * Gateway, sequence and batcher actors and their protocols.
 *
 * <p>What decides is plain and single-threaded ({@link troupe.actors.SequenceState}, {@link troupe.actors.AttemptLedger}
 * and the {@link troupe.actors.WorkerSelector} port); the actors translate messages and watch.
 */
@NullMarked
package troupe.actors;

import org.jspecify.annotations.NullMarked;
