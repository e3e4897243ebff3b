package troupe.bench.routing;

/** What was measured over real processes, and what the simulator says of the same requests. */
record Live(Comparison measured, Comparison simulated) {}
