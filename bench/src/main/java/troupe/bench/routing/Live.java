package troupe.bench.routing;

import troupe.cluster.simulation.Window;

/**
 * What was measured over real processes, and what the simulator says of the same requests.
 *
 * @param window of those that count
 */
record Live(Comparison measured, Comparison simulated, Window window) {}
