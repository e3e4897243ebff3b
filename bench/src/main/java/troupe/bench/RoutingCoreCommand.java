package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs {@link RoutingBenchmarks} and writes their figures. */
@Command(
        name = "routing-core",
        mixinStandardHelpOptions = true,
        description = "What a selection and an event of a cache cost; writes a table.")
final class RoutingCoreCommand implements Callable<Integer> {
    /** A benchmark, and what it is called in the report. */
    private record Line(String benchmark, String title) {}

    private static final List<Line> LINES = List.of(
            new Line("sampleContinued", "select, a conversation goes on: median"),
            new Line("sampleHashContinued", "of which hashing: median"),
            new Line("selectContinued", "select, a conversation goes on: mean"),
            new Line("selectShared", "select, a prompt that every worker holds: mean"),
            new Line("hashShared", "of which hashing: mean"),
            new Line("selectUnique", "select, a prompt of which nothing is cached: mean"),
            new Line("event", "a block stored or removed: mean"),
            new Line("load", "a report of load: mean"));

    @Option(names = "--quick", description = "Short readings, to see that all works.")
    private boolean quick;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Of the report (docs/benchmarks; with --quick: bench/target).")
    private @Nullable Path output;

    @Override
    public Integer call() throws IOException, RunnerException {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include(RoutingBenchmarks.class.getSimpleName())
                .addProfiler(GCProfiler.class);
        if (quick) {
            options.warmupIterations(1).measurementIterations(1).measurementTime(TimeValue.seconds(1));
        }
        Collection<RunResult> results = new Runner(options.build()).run();
        Path folder = output != null ? output : Path.of(quick ? "bench/target" : "docs/benchmarks");
        Files.createDirectories(folder);
        Path report = folder.resolve("routing-core.md");
        Files.writeString(report, markdown(results));
        System.err.println("written: " + report);
        return 0;
    }

    private String markdown(Collection<RunResult> results) throws IOException {
        StringBuilder rows = new StringBuilder();
        for (Line line : LINES) {
            for (RunResult run : results) {
                if (run.getPrimaryResult().getLabel().equals(line.benchmark())) {
                    rows.append(row(line.title(), run));
                }
            }
        }
        return "# What routing costs\n\n`./troupe bench routing-core" + (quick ? " --quick" : "") + "`, "
                + LocalDate.now(Clock.systemUTC()) + ". Machine: " + Machine.describe()
                + ".\n\nOne thread, an index of a million blocks, prompts of 64 blocks of 16 tokens:"
                + " conversations begin with one of 16 system prompts of 4 blocks, and one to three workers hold each."
                + " A selection includes hashing, the reservation, the prediction of the prompt's blocks, and taking back"
                + " those of an earlier attempt. Blocks are hashed 32 at a time until there is one that nobody holds.\n\n"
                + "| what | workers | time | a second | allocated |\n|---|---|---|---|---|\n" + rows;
    }

    private static String row(String title, RunResult run) {
        boolean sampled = run.getParams().getMode() == Mode.SampleTime;
        double time = sampled
                ? run.getPrimaryResult().getStatistics().getPercentile(50)
                : run.getPrimaryResult().getScore();
        double micros = run.getPrimaryResult().getScoreUnit().startsWith("ns") ? time / 1e3 : time;
        Result<?> allocated = run.getSecondaryResults().get("gc.alloc.rate.norm");
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %,.0f | %s |%n",
                title,
                run.getParams().getParam("workers"),
                micros < 1
                        ? String.format(Locale.ROOT, "%.0f ns", 1e3 * micros)
                        : String.format(Locale.ROOT, "%.1f µs", micros),
                1e6 / micros,
                allocated == null ? "" : String.format(Locale.ROOT, "%,.0f B", allocated.getScore()));
    }
}
