package troupe.bench.routing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import troupe.bench.Measurement;
import troupe.cluster.simulation.OneCache;
import troupe.cluster.simulation.RoutingFigures;
import troupe.cluster.simulation.SimulatedCluster;
import troupe.cluster.simulation.Simulation;
import troupe.cluster.simulation.Window;
import troupe.cluster.simulation.Workload;

/**
 * What every policy makes of one workload at one load.
 *
 * @param borne the greatest speedup of the workload that round robin bears
 * @param speedup at which the policies were compared
 * @param oneCacheHitRate what one cache as large as all together would find
 * @param figures by the policy's title
 * @param floor of workers each of whom holds what that cache does, so that the least busy one is always the best
 */
record Comparison(
        Workload workload,
        double borne,
        double speedup,
        double oneCacheHitRate,
        Map<String, RoutingFigures> figures,
        RoutingFigures floor) {
    /** Of the load that round robin bears. */
    static final double LOAD = 0.9;

    /** The load that round robin bears, in simulation. */
    static double borne(RoutingOptions options, Workload workload) {
        SimulatedCluster cluster = options.cluster();
        Policy policy = options.policy(Policies.ROUND_ROBIN);
        return LoadSearch.highest(speedup -> Simulation.run(cluster, policy.selectors(), workload, speedup, Window.ALL)
                .figures());
    }

    /** Runs all policies in simulation. */
    static Comparison simulate(RoutingOptions options, Workload workload, double borne, Window window) {
        SimulatedCluster cluster = options.cluster();
        double speedup = LOAD * borne;
        Map<String, RoutingFigures> figures = new LinkedHashMap<>();
        for (Policy policy : options.policies()) {
            figures.put(policy.title(), simulate(options, policy, workload, speedup, window));
        }
        int blocks = cluster.executor().kvBlocks() * cluster.workers();
        OneCache.Outcome one = OneCache.run(workload, speedup, window, cluster.executor(), blocks);
        RoutingFigures floor = Simulation.run(
                        cluster, options.policy(Policies.PREFIX).selectors(), one.rest(), speedup, window)
                .figures();
        return new Comparison(workload, borne, speedup, one.hitRate(), figures, floor);
    }

    private static RoutingFigures simulate(
            RoutingOptions options, Policy policy, Workload workload, double speedup, Window window) {
        List<RoutingFigures> runs = new ArrayList<>();
        for (int naming = 0; naming < policy.namings(); naming++) {
            SimulatedCluster cluster = options.cluster("worker-" + naming + "-");
            runs.add(Simulation.run(cluster, policy.selectors(), workload, speedup, window)
                    .figures());
        }
        return median(runs);
    }

    /** The median of each figure of several runs; the counts are those of the first. */
    static RoutingFigures median(List<RoutingFigures> runs) {
        RoutingFigures first = runs.getFirst();
        return new RoutingFigures(
                first.requests(),
                first.promptTokens(),
                Math.round(median(runs, RoutingFigures::cachedTokens)),
                first.outputTokens(),
                median(runs, RoutingFigures::seconds),
                median(runs, RoutingFigures::firstTokenP50),
                median(runs, RoutingFigures::firstTokenP90),
                median(runs, RoutingFigures::firstTokenP99),
                median(runs, RoutingFigures::gapP99));
    }

    private static double median(List<RoutingFigures> runs, ToDoubleFunction<RoutingFigures> figure) {
        return new Measurement(runs.stream().map(figure::applyAsDouble).toList()).median();
    }

    RoutingFigures of(String policy) {
        RoutingFigures found = figures.get(policy);
        if (found == null) {
            throw new IllegalArgumentException("the policy '" + policy + "' was not run");
        }
        return found;
    }
}
