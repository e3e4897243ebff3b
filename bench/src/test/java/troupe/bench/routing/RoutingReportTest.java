package troupe.bench.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import troupe.cluster.simulation.RoutingFigures;
import troupe.cluster.simulation.Window;
import troupe.cluster.simulation.Workload;

class RoutingReportTest {
    private static final Workload AGENTS = new AgentSessions(20, 1);

    /** Of 1,000 prompt tokens and 100 output tokens. */
    private static RoutingFigures figures(int cached, double firstToken, double seconds) {
        return new RoutingFigures(10, 1_000, cached, 100, seconds, firstToken, 2 * firstToken, 3 * firstToken, 0.01);
    }

    private static Comparison comparison(RoutingFigures others, RoutingFigures ours) {
        Map<String, RoutingFigures> figures = new LinkedHashMap<>();
        for (Policy policy : new RoutingOptionsParser().options.policies()) {
            figures.put(policy.title(), policy.title().equals(Policies.PREFIX) ? ours : others);
        }
        return new Comparison(AGENTS, 2, 1.8, 0.8, figures, ours);
    }

    /** Options with their defaults, which the command line gives them. */
    @CommandLine.Command
    private static final class RoutingOptionsParser {
        @CommandLine.Mixin
        private RoutingOptions options = new RoutingOptions();

        RoutingOptionsParser() {
            new CommandLine(this).parseArgs();
        }
    }

    @Test
    void shouldSayWhatIsMetAndHowFarTheSimulationWasOff() {
        Comparison measured = comparison(figures(200, 1, 10), figures(784, 0.05, 10.1));
        Comparison simulated = comparison(figures(190, 1.3, 10), figures(760, 0.045, 10));
        String report = new RoutingReport(
                        LocalDate.EPOCH,
                        "a machine",
                        new RoutingOptionsParser().options,
                        3,
                        List.of(new Live(measured, simulated, new Window(30_000_000_000L, 90_000_000_000L))))
                .markdown();
        for (String row : List.of(
                "Requests come for 0.5 minutes, in which caches fill, and then for 1.0 minutes that count.",
                "| prefix | 78.4% | 50 | 100 | 150 | 10.0 | 10 | 0.99 |",
                "| one cache | 80.0% |",
                "| hit rate, times round robin's | 3.920 | at least 3.00 | yes |",
                "| hit rate, share of one cache's | 0.980 | at least 0.97 | yes |",
                "| TTFT p90, times round robin's | 0.050 | at most 0.10 | yes |",
                "| throughput, share of the best policy's | 0.990 | at least 0.98 | yes |",
                "| round robin | 0.950 | 1.300 | **no** |",
                "| prefix | 0.969 | 0.900 | yes |")) {
            assertTrue(report.contains(row), row + "\n" + report);
        }
    }

    @Test
    void shouldTakeTheMedianOfEachFigure() {
        RoutingFigures median =
                Comparison.median(List.of(figures(100, 3, 10), figures(300, 1, 30), figures(200, 2, 20)));
        assertEquals(figures(200, 2, 20), median);
    }
}
