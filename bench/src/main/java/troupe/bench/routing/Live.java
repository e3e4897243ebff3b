package troupe.bench.routing;

import java.util.List;
import java.util.function.ToDoubleFunction;
import troupe.bench.Measurement;
import troupe.cluster.simulation.RoutingFigures;

/** What was measured over real processes, and what the simulator says of the same requests. */
record Live(Comparison measured, Comparison simulated) {
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
}
