/**
 * Faults, injected into clusters of real processes while clients ask, and what the clients see of them.
 *
 * <p>{@link troupe.multinode.chaos.ChaosRun} plays scenarios; a {@link troupe.multinode.chaos.Scenario} says what happens to
 * whom; {@link troupe.multinode.chaos.ChaosCluster} starts nodes, and starts them again when they die.
 */
@NullMarked
package troupe.multinode.chaos;

import org.jspecify.annotations.NullMarked;
