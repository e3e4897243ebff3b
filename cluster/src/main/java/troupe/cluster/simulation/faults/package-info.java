/**
 * A cluster in virtual time in which things go wrong: messages get lost, come twice or late, engines, workers and gateways
 * die, freeze or are cut off. The states of sequences, ledgers, tables, scheduler, block pool and selectors are those of
 * production; the nodes of this package translate between them as the actors do. After every event the named
 * {@link troupe.cluster.simulation.faults.Invariant}s hold, or a {@link
 * troupe.cluster.simulation.faults.Violation} is thrown.
 */
@NullMarked
package troupe.cluster.simulation.faults;

import org.jspecify.annotations.NullMarked;
