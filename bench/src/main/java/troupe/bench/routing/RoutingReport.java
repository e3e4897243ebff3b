package troupe.bench.routing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import troupe.cluster.simulation.RoutingFigures;

/** Policies over real processes as Markdown tables and a chart. */
record RoutingReport(LocalDate day, String machine, RoutingOptions options, int rounds, List<Live> lives) {
    /** How far simulation and measurement may be apart. */
    private static final double TOLERANCE = 0.2;

    void write(Path folder) throws IOException {
        Path text = folder.resolve("routing.md");
        Path picture = folder.resolve("routing.png");
        Files.writeString(text, markdown());
        PolicyChart.write(lives.stream().map(Live::measured).toList(), picture);
        System.err.println("written: " + text + ", " + picture);
    }

    String markdown() {
        StringBuilder text = new StringBuilder("# Routing policies side by side\n\n`./troupe bench routing");
        text.append(options.asTyped())
                .append(String.format(Locale.ROOT, " --rounds %d`, ", rounds))
                .append(day)
                .append(", seed ")
                .append(options.seed)
                .append(". Machine: ")
                .append(machine)
                .append(String.format(
                        Locale.ROOT,
                        ".%n%n%d workers, each a process of its own, and %s in one more, over loopback; everything is as in"
                                + " production but the executor, which computes nothing and sleeps instead. ",
                        options.workers,
                        options.gateways == 1 ? "a gateway" : options.gateways + " gateways"))
                .append(options.described())
                .append(". Clients talk to the gateway's actor. Every run begins with new processes and a few requests")
                .append(" that share nothing, to compile what is hot; ")
                .append(rounds == 1 ? "one run of each policy" : rounds + " runs of each policy in turn, medians")
                .append(".\n\n")
                .append(WorkloadNotes.of(options))
                .append("\nRequests come at ")
                .append(Math.round(100 * Comparison.LOAD))
                .append("% of the load that round robin bears in simulation (TTFT p50 and p90 within ")
                .append(Math.round(LoadSearch.TIMES_IDLE))
                .append(
                        " times that of an idle cluster). Consistent hash goes by workers' names, which are others in every")
                .append(" run: it is simulated with ")
                .append(Policies.NAMINGS)
                .append(" sets of them, medians.\n");
        lives.forEach(live -> section(text, live));
        text.append("\n![chart](routing.png)\n");
        return text.toString();
    }

    private static void section(StringBuilder text, Live live) {
        Comparison measured = live.measured();
        text.append("\n## ")
                .append(measured.workload().title())
                .append(String.format(
                        Locale.ROOT,
                        "%n%n%.2f times as fast as the workload says. Requests come for %.1f minutes, in which caches fill,"
                                + " and then for %.1f minutes that count.%n%n",
                        measured.speedup(),
                        minutes(live.window().fromNanos()),
                        minutes(live.window().toNanos() - live.window().fromNanos())))
                .append(FigureTable.head("policy"));
        measured.figures().forEach((policy, figures) -> text.append(FigureTable.row(policy, figures)));
        text.append(String.format(
                        Locale.ROOT, "| one cache | %.1f%% | | | | | | |%n", 100 * measured.oneCacheHitRate()))
                .append("\n| target | ours | wanted | met |\n|---|---|---|---|\n");
        Goal.of(measured).forEach(goal -> text.append(goal.row()));
        text.append("\n| simulated by measured | hit rate | TTFT p50 | within ")
                .append(Math.round(100 * TOLERANCE))
                .append("% |\n|---|---|---|---|\n");
        measured.figures().forEach((policy, figures) -> {
            RoutingFigures simulated = live.simulated().of(policy);
            double hits = ratio(simulated.hitRate(), figures.hitRate());
            double first = ratio(simulated.firstTokenP50(), figures.firstTokenP50());
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %.3f | %.3f | %s |%n",
                    policy,
                    hits,
                    first,
                    isClose(hits) && isClose(first) ? "yes" : "**no**"));
        });
    }

    private static double minutes(long nanos) {
        return nanos / 60e9;
    }

    /** 1 where neither found anything. */
    private static double ratio(double simulated, double measured) {
        return simulated == measured ? 1 : simulated / measured;
    }

    private static boolean isClose(double ratio) {
        return Math.abs(ratio - 1) <= TOLERANCE;
    }
}
