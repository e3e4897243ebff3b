/**
 * What lets a request outlive its connection and its gateway: where it is found, who holds a replica of it, who takes it
 * over. Plain classes: no actors, no clock. {@link troupe.actors.resume.ResumableState} is one gateway's part: {@code Clients}
 * find their requests, {@code OwnedSequences} have replicas elsewhere, {@code HeldReplicas} are others'. {@code
 * troupe.actors.Resumables} is the actor around it.
 */
@NullMarked
package troupe.actors.resume;

import org.jspecify.annotations.NullMarked;
