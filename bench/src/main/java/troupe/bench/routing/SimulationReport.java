package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import troupe.cluster.simulation.RoutingFigures;

/**
 * The simulations as Markdown tables and a chart.
 *
 * @param byGateways the first workload under ours, by the number of gateways
 * @param scale of a large cluster; empty if there was none
 */
record SimulationReport(
        LocalDate day,
        String machine,
        RoutingOptions options,
        List<Comparison> comparisons,
        List<Trial> byGateways,
        List<Trial> scale) {
    private static final double TIMES_FASTER = 10;

    void write(Path folder) throws IOException {
        Path text = folder.resolve("simulation.md");
        Path picture = folder.resolve("simulation.png");
        Files.writeString(text, markdown());
        PolicyChart.write(comparisons, picture);
        System.err.println("written: " + text + ", " + picture);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Routing policies in a simulated cluster\n\n`./troupe bench simulate");
        text.append(options.asTyped())
                .append("`, ")
                .append(day)
                .append(", seed ")
                .append(options.seed)
                .append(". Machine: ")
                .append(machine)
                .append(".\n\nSelectors, scheduler and block pool are those of production; time is virtual. ")
                .append(options.described())
                .append(String.format(
                        Locale.ROOT,
                        "; a message takes %.1f ms. %d workers, %s.%n%n",
                        options.messageDelay,
                        options.workers,
                        options.gateways == 1 ? "1 gateway" : options.gateways + " gateways"));
        text.append(WorkloadNotes.of(options));
        text.append("\nEvery policy gets the same requests at ")
                .append(Math.round(100 * Comparison.LOAD))
                .append(
                        "% of the load that round robin bears: the fastest at which its TTFT, p50 and p90, stays within ")
                .append(Math.round(LoadSearch.TIMES_IDLE))
                .append(" times that of an idle cluster. \"One cache\" answers the same requests one after the other")
                .append(
                        " from a single cache as large as all together; its times are those of workers each of whom holds")
                .append(" all that this cache does, so that the least busy one is always right: what no choice can be")
                .append(" much better than. Consistent hash goes by workers' names: the medians of ")
                .append(Policies.NAMINGS)
                .append(" sets of them.\n");
        for (Comparison comparison : comparisons) {
            section(text, comparison);
        }
        text.append("\n## Several gateways\n\nThe ")
                .append(comparisons.getFirst().workload().title())
                .append(" under \"")
                .append(Policies.PREFIX)
                .append(
                        "\"; each gateway sees its own share of the requests and what the workers tell all of them.\n\n")
                .append(FigureTable.head("gateways"));
        for (Trial trial : byGateways) {
            text.append(FigureTable.row(trial.title(), trial.result().figures()));
        }
        if (!scale.isEmpty()) {
            scale(text);
        }
        text.append("\n![chart](simulation.png)\n");
        return text.toString();
    }

    private void section(StringBuilder text, Comparison comparison) {
        text.append("\n## ").append(comparison.workload().title());
        text.append(String.format(
                Locale.ROOT,
                "%n%n%.2f times as fast as the workload says; round robin bears %.2f times.%n%n",
                comparison.speedup(),
                comparison.borne()));
        text.append(FigureTable.head("policy"));
        comparison.figures().forEach((policy, figures) -> text.append(FigureTable.row(policy, figures)));
        text.append(FigureTable.row("one cache", comparison.oneCacheHitRate(), comparison.floor()));
        text.append("\n| target | ours | wanted | met |\n|---|---|---|---|\n");
        Goal.of(comparison).forEach(goal -> text.append(goal.row()));
    }

    private void scale(StringBuilder text) {
        Trial any = scale.getFirst();
        text.append("\n## ")
                .append(any.cluster().workers())
                .append(" workers\n\nThe first requests of the ")
                .append(comparisons.getFirst().workload().title())
                .append(" in ")
                .append(any.cluster().workers() / options.workers)
                .append(
                        " copies without a token in common, at shares of the load that round robin bears, on one thread.")
                .append(" \"Times faster\" is simulated time by time on the wall; wanted are ")
                .append(Math.round(TIMES_FASTER))
                .append(".\n\n| policy and load | requests | simulated, s | wall, s | times faster | steps | events |")
                .append(" hit rate | TTFT p50, ms |\n|---|---|---|---|---|---|---|---|---|\n");
        for (Trial trial : scale) {
            RoutingFigures figures = trial.result().figures();
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %.1f | %.1f | %.1f | %,d | %,d | %.1f%% | %.0f |%n",
                    trial.title(),
                    figures.requests(),
                    figures.seconds(),
                    trial.wallSeconds(),
                    trial.timesFaster(),
                    trial.result().steps(),
                    trial.result().events(),
                    100 * figures.hitRate(),
                    figures.firstTokenP50() * 1e3));
        }
    }
}
