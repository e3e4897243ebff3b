package troupe.multinode.chaos;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Results for people: a line for each scenario. */
public final class ChaosTable {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final long MIB = 1 << 20;

    private ChaosTable() {}

    static String line(ScenarioResult result) {
        if (result.skipped().isPresent()) {
            return String.format(
                    Locale.ROOT,
                    "%-22s skipped: %s",
                    result.name(),
                    result.skipped().get());
        }
        return String.format(
                Locale.ROOT,
                "%-22s %5d requests, %2d faults, %d lost, %d changed, longest gap %.2f s (median around a fault %.2f s),"
                        + " recovery %.2f s,"
                        + " ITL p99 %.0f ms, %d reconnections, memory %d -> %d MiB%s",
                result.name(),
                result.requests(),
                result.faults(),
                result.lost(),
                result.changed(),
                result.gaps().longestNanos() / NANOS_PER_SECOND,
                result.gaps().medianNanos() / NANOS_PER_SECOND,
                result.gaps().recoveryNanos() / NANOS_PER_SECOND,
                result.gaps().interTokenP99Nanos() / NANOS_PER_MILLI,
                result.reconnections(),
                result.memoryBytes().before() / MIB,
                result.memoryBytes().after() / MIB,
                result.isGood() ? "" : "  <-- NOT GOOD");
    }

    public static String text(List<ScenarioResult> results) {
        return results.stream().map(ChaosTable::line).collect(Collectors.joining("\n", "", "\n"));
    }

    public static String markdown(List<ScenarioResult> results) {
        StringBuilder table = new StringBuilder("""
                | Scenario | What happens | Requests | Faults | Lost | Changed | Longest gap | Median gap around a fault | Recovery | ITL p99 | Left behind |
                |---|---|---|---|---|---|---|---|---|---|---|
                """);
        for (ScenarioResult result : results) {
            table.append("| `").append(result.name()).append("` | ").append(result.what());
            if (result.skipped().isPresent()) {
                table.append(" | skipped: ").append(result.skipped().get()).append(" | | | | | | | | |\n");
                continue;
            }
            table.append(String.format(
                    Locale.ROOT,
                    " | %,d | %d | %d | %d | %.2f s | %.2f s | %.2f s | %.0f ms | %s |%n",
                    result.requests(),
                    result.faults(),
                    result.lost(),
                    result.changed(),
                    result.gaps().longestNanos() / NANOS_PER_SECOND,
                    result.gaps().medianNanos() / NANOS_PER_SECOND,
                    result.gaps().recoveryNanos() / NANOS_PER_SECOND,
                    result.gaps().interTokenP99Nanos() / NANOS_PER_MILLI,
                    result.violations().isEmpty() ? "nothing" : "see the run's evidence"));
        }
        return table.toString();
    }
}
