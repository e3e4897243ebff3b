package troupe.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how long {@code ./troupe serve} takes from the command to its first token, and where the time goes. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Starts the server again and again, everything cached; writes a table of the start's phases.")
final class StartCommand implements Callable<Integer> {
    private static final double AIM_SECONDS = 2;
    private static final String READY = "  ready ";
    private static final String BESIDE = "; beside these: ";
    private static final int STOP_SECONDS = 30;

    /**
     * One start.
     *
     * @param seconds from the launcher's start to the line that tells of the first token
     * @param phases milliseconds by name, in the server's order
     */
    private record Start(double seconds, Map<String, Double> phases) {}

    @Option(names = "--repeats", defaultValue = "10", description = "Starts after a first one (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "To serve.")
    private String model = "";

    @Mixin
    private ReportFolder output = new ReportFolder();

    @Override
    public Integer call() throws IOException, InterruptedException {
        String launcher = System.getProperty("launcher", "./troupe");
        String load = loadAverage();
        start(launcher); // builds, rehearses and caches whatever is not there yet
        List<Start> starts = new ArrayList<>();
        for (int i = 0; i < repeats; i++) {
            starts.add(start(launcher));
            System.err.printf(
                    Locale.ROOT,
                    "start %d/%d: %.2f s%n",
                    i + 1,
                    repeats,
                    starts.getLast().seconds());
        }
        String report = report(starts, load);
        output.write("start", report);
        System.out.println(report);
        return 0;
    }

    private Start start(String launcher) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        Process server = new ProcessBuilder(launcher, "serve", "--port", "0", "--model", model)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = server.inputReader()) {
            StringBuilder seen = new StringBuilder();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(READY)) {
                    double seconds = (System.nanoTime() - begin) / 1e9;
                    return new Start(seconds, phases(String.valueOf(output.readLine())));
                }
                seen.append("\n  ").append(line);
            }
            throw new IOException("the server ended before its first token:" + seen);
        } finally {
            server.destroy();
            if (!server.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
    }

    /** Reads the banner's line "NAME N ms, NAME N ms; beside these: NAME N ms". */
    private static Map<String, Double> phases(String line) {
        Map<String, Double> phases = new LinkedHashMap<>();
        int beside = line.indexOf(BESIDE);
        add(phases, beside < 0 ? line : line.substring(0, beside), "");
        if (beside >= 0) {
            add(phases, line.substring(beside + BESIDE.length()), " (beside)");
        }
        return phases;
    }

    private static void add(Map<String, Double> phases, String list, String suffix) {
        for (String phase : list.strip().split(", ", -1)) {
            int unit = phase.lastIndexOf(" ms");
            int number = phase.lastIndexOf(' ', unit - 1);
            if (number < 1) {
                throw new IllegalArgumentException("\"" + phase + "\" is no phase of a start");
            }
            double millis = Double.parseDouble(phase.substring(number + 1, unit).replace(",", ""));
            phases.put(phase.substring(0, number) + suffix, millis);
        }
    }

    private String report(List<Start> starts, String load) throws IOException {
        Measurement seconds =
                new Measurement(starts.stream().map(Start::seconds).toList());
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                """
                # From the command to the first token

                `./troupe bench start --repeats %d`, %s: `./troupe serve` of %s with everything cached (build, AOT cache, \
                packed weights, page cache), from the start of the launcher until the server has streamed itself a token.

                Machine: %s; load average %s at the beginning.

                Median **%.2f s** (%.2f to %.2f s) of %d starts; the aim of %.0f s is %s.

                | phase | median | least to greatest |
                |---|---|---|
                """,
                repeats,
                LocalDate.now(Clock.systemUTC()),
                model,
                Machine.describe(),
                load,
                seconds.median(),
                seconds.least(),
                seconds.greatest(),
                starts.size(),
                AIM_SECONDS,
                seconds.median() <= AIM_SECONDS ? "met" : "missed"));
        for (String phase : starts.getFirst().phases().keySet()) {
            Measurement millis = new Measurement(starts.stream()
                    .map(start -> start.phases().getOrDefault(phase, 0.0))
                    .toList());
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %.0f ms | %.0f to %.0f ms |%n",
                    phase,
                    millis.median(),
                    millis.least(),
                    millis.greatest()));
        }
        return text.append(
                        "\nPhases marked \"beside\" run on a thread of their own while the node joins its cluster.\n")
                .toString();
    }

    /** Of the last minute; what else runs on the machine lengthens a start. */
    private static String loadAverage() throws IOException {
        Path file = Path.of("/proc/loadavg");
        return Files.isReadable(file) ? Files.readString(file).split(" ", 2)[0] : "unknown";
    }
}
