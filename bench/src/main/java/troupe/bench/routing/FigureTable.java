package troupe.bench.routing;

import java.util.Locale;
import troupe.cluster.simulation.RoutingFigures;

/** Figures as rows of a Markdown table. */
final class FigureTable {
    private FigureTable() {}

    /** @param first title of the first column */
    static String head(String first) {
        return "| " + first + " | hit rate | TTFT p50, ms | p90 | p99 | ITL p99, ms | tokens/s | requests/s |\n"
                + "|---|---|---|---|---|---|---|---|\n";
    }

    static String row(String title, RoutingFigures figures) {
        return row(title, figures.hitRate(), figures);
    }

    /** @param hitRate in place of the figures' */
    static String row(String title, double hitRate, RoutingFigures figures) {
        return String.format(
                Locale.ROOT,
                "| %s | %.1f%% | %.0f | %.0f | %.0f | %.1f | %.0f | %.2f |%n",
                title,
                100 * hitRate,
                figures.firstTokenP50() * 1e3,
                figures.firstTokenP90() * 1e3,
                figures.firstTokenP99() * 1e3,
                figures.gapP99() * 1e3,
                figures.tokensPerSecond(),
                figures.requestsPerSecond());
    }
}
