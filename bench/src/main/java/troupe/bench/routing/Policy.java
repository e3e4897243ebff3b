package troupe.bench.routing;

import java.util.function.Supplier;
import troupe.actors.WorkerSelector;

/**
 * A rule of routing.
 *
 * @param title for people
 * @param setting of {@code troupe.routing.policy}
 * @param namings sets of workers' names with which it is simulated: several where placement depends on nothing but them
 * @param selectors makes one for each gateway
 */
record Policy(String title, String setting, int namings, Supplier<WorkerSelector> selectors) {}
