package troupe.bench.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import troupe.cluster.simulation.RoutingFigures;

/**
 * A figure and what it is to be.
 *
 * @param atLeast whether {@code limit} is a lower one
 */
record Goal(String text, double value, double limit, boolean atLeast) {
    private static final double LEVEL = 0.02;

    boolean met() {
        return atLeast ? value >= limit : value <= limit;
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %.3f | %s %.2f | %s |%n",
                text,
                value,
                atLeast ? "at least" : "at most",
                limit,
                met() ? "yes" : "**no**");
    }

    /** Of a workload, by what it is. */
    static List<Goal> of(Comparison comparison) {
        return switch (comparison.workload()) {
            case AgentSessions _ -> agents(comparison);
            case UniquePrompts _ -> unique(comparison);
            default -> conversation(comparison);
        };
    }

    private static List<Goal> conversation(Comparison comparison) {
        RoutingFigures ours = comparison.of(Policies.PREFIX);
        RoutingFigures roundRobin = comparison.of(Policies.ROUND_ROBIN);
        RoutingFigures leastLoaded = comparison.of(Policies.LEAST_LOADED);
        List<Goal> goals = new ArrayList<>();
        goals.add(new Goal("hit rate, times round robin's", ours.hitRate() / roundRobin.hitRate(), 1.8, true));
        goals.add(
                new Goal("hit rate, share of one cache's", ours.hitRate() / comparison.oneCacheHitRate(), 0.86, true));
        goals.add(new Goal(
                "TTFT p90, times round robin's", ours.firstTokenP90() / roundRobin.firstTokenP90(), 0.4, false));
        goals.add(new Goal(
                "TTFT p90, times least loaded's", ours.firstTokenP90() / leastLoaded.firstTokenP90(), 0.75, false));
        goals.add(throughput(comparison));
        return goals;
    }

    private static List<Goal> agents(Comparison comparison) {
        RoutingFigures ours = comparison.of(Policies.PREFIX);
        RoutingFigures roundRobin = comparison.of(Policies.ROUND_ROBIN);
        return List.of(
                new Goal("hit rate, times round robin's", ours.hitRate() / roundRobin.hitRate(), 3, true),
                new Goal("hit rate, share of one cache's", ours.hitRate() / comparison.oneCacheHitRate(), 0.97, true),
                new Goal(
                        "TTFT p90, times round robin's", ours.firstTokenP90() / roundRobin.firstTokenP90(), 0.1, false),
                throughput(comparison));
    }

    /** Of prompts that share nothing: as good as least loaded, which 5 per cent of its TTFT count as. */
    private static List<Goal> unique(Comparison comparison) {
        RoutingFigures ours = comparison.of(Policies.PREFIX);
        RoutingFigures leastLoaded = comparison.of(Policies.LEAST_LOADED);
        return List.of(
                new Goal(
                        "TTFT p50, times least loaded's",
                        ours.firstTokenP50() / leastLoaded.firstTokenP50(),
                        1.05,
                        false),
                new Goal(
                        "TTFT p90, times least loaded's",
                        ours.firstTokenP90() / leastLoaded.firstTokenP90(),
                        1.05,
                        false),
                throughput(comparison));
    }

    /** No policy is to be better by more than 2 per cent. */
    private static Goal throughput(Comparison comparison) {
        double best = 0;
        for (RoutingFigures figures : comparison.figures().values()) {
            best = Math.max(best, figures.tokensPerSecond());
        }
        double ours = comparison.of(Policies.PREFIX).tokensPerSecond();
        return new Goal("throughput, share of the best policy's", ours / best, 1 - LEVEL, true);
    }
}
