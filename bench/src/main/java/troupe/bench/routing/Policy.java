package troupe.bench.routing;

import java.util.function.Supplier;
import troupe.actors.WorkerSelector;

/**
 * A rule of routing.
 *
 * @param title for people
 * @param setting of {@code troupe.routing.policy}
 * @param selectors makes one for each gateway
 */
record Policy(String title, String setting, Supplier<WorkerSelector> selectors) {}
