package troupe.bench.failures;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import troupe.bench.Measurement;
import troupe.bench.failures.ReplicationTrial.Cost;
import troupe.bench.failures.ReplicationTrial.Way;
import troupe.multinode.chaos.InterTokenTimes;

/** The figures as Markdown. */
final class FailuresReport {
    private static final double MOST_REPLICATION_PERCENT = 3;

    private final FailureOptions options;
    private final FailureFigures figures;
    private final StringBuilder text = new StringBuilder();

    private FailuresReport(FailureOptions options, FailureFigures figures) {
        this.options = options;
        this.figures = figures;
    }

    /**
     * @param run the command, the day
     * @param machine as it describes itself
     * @param chart file beside the report; empty: there is none
     */
    static String markdown(FailureOptions options, FailureFigures figures, String run, String machine, String chart) {
        FailuresReport report = new FailuresReport(options, figures);
        report.head(run, machine);
        report.faults(chart);
        report.replication();
        report.refusals();
        report.slowNode();
        report.flood();
        return report.text.toString();
    }

    private void head(String run, String machine) {
        add(String.format(Locale.ROOT, """
                # What failures and overload cost

                %s: %s, real processes on one machine, which share its cores with the clients: %d gateways, %d workers with \
                one engine thread each, settings by default but for the memory of the KV cache (512 MiB a worker) and for \
                drains (work is handed over after 0.5 s, connections end after 5). Prompts are random tokens; every answer \
                is compared with the undisturbed one, by its text, token ids and finish reason.

                Machine: %s.

                """, run, options.modelName(), Clusters.GATEWAYS, Clusters.WORKERS, machine));
    }

    private void faults(String chart) {
        FaultTrial.Result result = figures.faults();
        if (result == null) {
            return;
        }
        add(String.format(
                Locale.ROOT,
                """
                ## How long streams stand still

                %d streams of %d tokens, prompts of %d to %d tokens. The fault comes while all of them run, each time later \
                in the streams. Before, the streams run %d times undisturbed, and each fault comes once uncounted: what is \
                hot is compiled. A gap is the longest time between two events of a stream that the fault hit.

                | Fault | faults | streams hit | longest gap | target | met | median gap | target | met | lost | changed |
                |---|---|---|---|---|---|---|---|---|---|---|
                """,
                options.streams(),
                options.tokens(),
                FaultTrial.LEAST_PROMPT,
                FaultTrial.MOST_PROMPT,
                FaultTrial.WARM_UP_ROUNDS));
        for (FaultKind kind : FaultKind.values()) {
            List<FaultReading> readings = result.of(kind);
            List<Double> gaps = gaps(readings);
            double longest = Percentiles.of(gaps, 100);
            double median = Percentiles.of(gaps, 50);
            add(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %.0f ms | %s | %.0f ms | %s | %d | %d |%n",
                    kind.title(),
                    readings.size(),
                    gaps.size(),
                    longest,
                    target(kind.longestMillis(), longest),
                    median,
                    target(kind.medianMillis(), median),
                    readings.stream().mapToInt(FaultReading::lost).sum(),
                    readings.stream().mapToInt(FaultReading::changed).sum()));
        }
        if (!chart.isEmpty()) {
            add(String.format(Locale.ROOT, "%n![gaps](%s)%n", chart));
        }
        moves(result);
        burst(result);
    }

    private static List<Double> gaps(List<FaultReading> readings) {
        return readings.stream()
                .flatMap(reading -> reading.gapsMillis().stream())
                .sorted()
                .toList();
    }

    private static String target(OptionalDouble most, double value) {
        return most.isEmpty()
                ? " | "
                : String.format(
                        Locale.ROOT, "%.0f ms | %s", most.getAsDouble(), value <= most.getAsDouble() ? "yes" : "no");
    }

    private void moves(FaultTrial.Result result) {
        add("""

                Where the time of a moved stream goes, by the gateway's waterfalls; median (least to greatest) over streams:

                | Fault | until it is submitted again | until its new worker begins with it | its prefill | tokens computed again |
                |---|---|---|---|---|
                """);
        for (FaultKind kind : FaultKind.values()) {
            List<Move> moves = result.of(kind).stream()
                    .flatMap(reading -> reading.moves().stream())
                    .toList();
            if (!moves.isEmpty()) {
                add(String.format(
                        Locale.ROOT,
                        "| %s | %s ms | %s ms | %s ms | %s |%n",
                        kind.title(),
                        spread(moves, Move::noticedMillis),
                        spread(moves, Move::waitedMillis),
                        spread(moves, Move::prefillMillis),
                        spread(moves, Move::tokens)));
            }
        }
    }

    private static String spread(List<Move> moves, ToDoubleFunction<Move> value) {
        return spread(moves.stream().map(value::applyAsDouble).toList(), 0);
    }

    private static String spread(List<Double> values, int digits) {
        Measurement measured = new Measurement(values);
        String number = "%." + digits + "f";
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                measured.median(),
                measured.least(),
                measured.greatest());
    }

    private void burst(FaultTrial.Result result) {
        add("""

                What the streams that were not hit saw: the time between two tokens (ITL) while the moved ones are computed
                again beside them, and of all streams afterwards, when fewer nodes do the work.

                | | p50 | p99 | longest |
                |---|---|---|---|
                """);
        itl("undisturbed", result.undisturbed());
        for (FaultKind kind : FaultKind.values()) {
            List<FaultReading> readings = result.of(kind);
            itl(
                    kind.title() + ": while the others move",
                    InterTokenTimes.all(
                            readings.stream().map(FaultReading::burst).toList()));
            itl(
                    kind.title() + ": all, afterwards",
                    InterTokenTimes.all(
                            readings.stream().map(FaultReading::after).toList()));
        }
    }

    private void itl(String title, InterTokenTimes times) {
        add(String.format(
                Locale.ROOT,
                "| %s | %.1f ms | %.1f ms | %.1f ms |%n",
                title,
                times.percentileNanos(50) / 1e6,
                times.percentileNanos(99) / 1e6,
                times.longestNanos() / 1e6));
    }

    private void replication() {
        Map<Way, Cost> costs = figures.replication();
        if (costs == null) {
            return;
        }
        Cost plain = Objects.requireNonNull(costs.get(Way.PLAIN));
        add(String.format(
                Locale.ROOT, """

                ## What the replication of resumable streams costs

                %d streams at once, %d readings of each kind, in turn; median (least to greatest). Throughput is compared with \
                that of the plain streams beside it in time: the median of these ratios.

                | Streams | tokens/s | less than plain | target | met | gateways' processor time, us a token |
                |---|---|---|---|---|---|
                """, options.streams(), plain.tokensPerSecond().size()));
        for (Way way : Way.values()) {
            Cost cost = Objects.requireNonNull(costs.get(way));
            double less = 100
                    * (1
                            - new Measurement(cost.tokensPerSecond())
                                    .medianRatioTo(new Measurement(plain.tokensPerSecond())));
            String compared = switch (way) {
                case PLAIN -> " | | ";
                case RESUMABLE ->
                    String.format(
                            Locale.ROOT,
                            "%.1f%% | %.0f%% | %s",
                            less,
                            MOST_REPLICATION_PERCENT,
                            less <= MOST_REPLICATION_PERCENT ? "yes" : "no");
                case NOT_REPLICATED -> String.format(Locale.ROOT, "%.1f%% | | ", less);
            };
            add(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s |%n",
                    way.title(),
                    spread(cost.tokensPerSecond(), 0),
                    compared,
                    spread(cost.gatewayMicros(), 0)));
        }
    }

    private void refusals() {
        RefusalTrial.Result result = figures.refusals();
        if (result == null) {
            return;
        }
        double p99 = Percentiles.of(result.refusalMillis(), 99);
        double longest = Percentiles.of(result.refusalMillis(), 100);
        List<String> counts = new ArrayList<>();
        result.refusals().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(count -> counts.add(count.getValue() + " with " + count.getKey()));
        add(String.format(
                Locale.ROOT,
                """

                ## How soon a refusal comes

                %d bursts of %d requests within milliseconds at one gateway with %d places, half of them with a key that may \
                have %d open, over connections that are kept, after %d bursts in which the gateway's code is being compiled; \
                from a request's last byte to its answer's first. Refused: %s, all with `Retry-After`; answered with the \
                undisturbed answer: %d; anything else: %d.

                | | p50 | p99 | longest | target | met |
                |---|---|---|---|---|---|
                | the first burst at a gateway that was just started | %.0f ms | %.0f ms | %.0f ms | | |
                | after %d bursts | %.0f ms | %.0f ms | %.0f ms | %.0f ms | %s |
                """,
                result.bursts(),
                RefusalTrial.REQUESTS,
                RefusalTrial.PLACES,
                Keys.LIMIT,
                RefusalTrial.WARM_UP,
                String.join(", ", counts),
                result.answered(),
                result.wrong(),
                Percentiles.of(result.firstMillis(), 50),
                Percentiles.of(result.firstMillis(), 99),
                Percentiles.of(result.firstMillis(), 100),
                RefusalTrial.WARM_UP,
                Percentiles.of(result.refusalMillis(), 50),
                p99,
                longest,
                RefusalTrial.TARGET_MILLIS,
                longest <= RefusalTrial.TARGET_MILLIS ? "yes" : "no"));
    }

    private void slowNode() {
        SlowNodeTrial.Result result = figures.slowNode();
        if (result == null) {
            return;
        }
        add(String.format(Locale.ROOT, """

                ## A worker at a fifth of its speed

                %d clients, each with one request at a time. Lost: %d, changed: %d.

                | | requests that began | of them at the slow worker | share | a request, p50 |
                |---|---|---|---|---|
                """, SlowNodeTrial.CLIENTS, result.lost(), result.changed()));
        for (SlowNodeTrial.Phase phase : result.phases()) {
            add(String.format(
                    Locale.ROOT,
                    "| %s | %d | %d | %.0f%% | %.0f ms |%n",
                    phase.title(),
                    phase.requests(),
                    phase.atSlow(),
                    100.0 * phase.atSlow() / Math.max(1, phase.requests()),
                    phase.medianMillis()));
        }
    }

    private void flood() {
        FloodTrial.Result result = figures.flood();
        if (result == null) {
            return;
        }
        add(String.format(
                Locale.ROOT,
                """

                ## One key's flood beside another key's requests

                One key has %d requests open at one gateway, all the time; the other one has one at a time, %d of them. Time to \
                the first token of these:

                | | p50 | p90 |
                |---|---|---|
                | alone | %.0f ms | %.0f ms |
                | beside the flood | %.0f ms | %.0f ms |

                The flood's own requests take %.0f ms (p50) to the end of their %d tokens, their time in the queue included.
                """,
                FloodTrial.FLOOD,
                result.beside().size(),
                Percentiles.of(result.alone(), 50),
                Percentiles.of(result.alone(), 90),
                Percentiles.of(result.beside(), 50),
                Percentiles.of(result.beside(), 90),
                Percentiles.of(result.flood(), 50),
                FloodTrial.FLOOD_TOKENS));
    }

    private void add(String piece) {
        text.append(piece);
    }
}
