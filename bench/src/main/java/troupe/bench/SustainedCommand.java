package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import troupe.bench.load.CompletionClient;
import troupe.bench.load.LoadGenerator;
import troupe.bench.load.LoadPlan;
import troupe.bench.load.LoadReport;
import troupe.bench.peer.ServerProcess;

/** Measures what {@code ./troupe serve} holds in memory, and how long collections stop it, while it serves for minutes. */
@Command(
        name = "sustained",
        mixinStandardHelpOptions = true,
        description = "Serves many streams for minutes; writes a table of memory and of the pauses of collections.")
final class SustainedCommand implements Callable<Integer> {
    private static final int PROMPT_TOKENS = 128;
    private static final int OUTPUT_TOKENS = 64;
    private static final int REQUESTS = 16; // of each client between two looks
    private static final long SEED = 7;
    private static final double AIM_MEGABYTES = 450;
    private static final double AIM_PAUSE_MILLIS = 5;
    private static final Pattern KV_CACHE = Pattern.compile("KV cache ([\\d,]+) MiB = .* = ([\\d,]+) tokens");
    private static final Pattern VOCABULARY = Pattern.compile("vocabulary of ([\\d,]+)");
    private static final Pattern ANONYMOUS = Pattern.compile("RssAnon:\\s+(\\d+) kB");

    /**
     * What the server says of itself when it starts.
     *
     * @param kvBytes of the KV cache, all of them anonymous memory
     * @param kvTokens for which it has room
     * @param vocabulary of the model
     */
    private record Plan(long kvBytes, long kvTokens, int vocabulary) {}

    /**
     * One look at the server.
     *
     * @param seconds since the load began
     * @param load since the look before
     * @param anonymousBytes resident now
     * @param pauses of collections since the look before, milliseconds
     */
    private record Look(double seconds, LoadReport load, long anonymousBytes, List<Double> pauses) {}

    @Option(names = "--minutes", defaultValue = "10", description = "That the load lasts (${DEFAULT-VALUE}).")
    private int minutes;

    @Option(names = "--clients", defaultValue = "64", description = "That stream at once (${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--model", paramLabel = "NAME|PATH", defaultValue = "smollm2-135m", description = "To serve.")
    private String model = "";

    @Mixin
    private ReportFolder output = new ReportFolder();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("troupe-sustained");
        Path collections = work.resolve("gc.log");
        Path log = work.resolve("server.log");
        int port = ServerProcess.freePort();
        List<String> command = List.of(
                "env",
                "JDK_JAVA_OPTIONS=-Xlog:gc:file=" + collections,
                System.getProperty(ServerRows.LAUNCHER, "./troupe"),
                "serve",
                "--port",
                Integer.toString(port),
                "--model",
                model);
        Plan plan;
        List<Look> looks;
        try (ServerProcess server = ServerProcess.start(command, port, log);
                CompletionClient client = new CompletionClient(server.address())) {
            plan = plan(Files.readString(log));
            looks = load(server, client, plan, collections);
        }
        String report = report(plan, looks);
        output.write("sustained", report);
        System.out.println(report);
        return 0;
    }

    private static Plan plan(String banner) throws IOException {
        Matcher cache = KV_CACHE.matcher(banner);
        Matcher vocabulary = VOCABULARY.matcher(banner);
        if (!cache.find() || !vocabulary.find()) {
            throw new IOException("the server does not say how large its KV cache and vocabulary are: " + banner);
        }
        return new Plan(whole(cache.group(1)) << 20, whole(cache.group(2)), (int) whole(vocabulary.group(1)));
    }

    private static long whole(String grouped) {
        return Long.parseLong(grouped.replace(",", ""));
    }

    private List<Look> load(ServerProcess server, CompletionClient client, Plan plan, Path collections)
            throws IOException, InterruptedException {
        LoadPlan load = new LoadPlan(clients, REQUESTS, PROMPT_TOKENS, OUTPUT_TOKENS, plan.vocabulary());
        Random random = new Random(SEED);
        List<Look> looks = new ArrayList<>();
        int seenPauses = CollectionLog.pauses(collections).size();
        long begin = System.nanoTime();
        long end = begin + Duration.ofMinutes(minutes).toNanos();
        while (System.nanoTime() < end) {
            LoadReport report = LoadGenerator.run(client, load, random);
            List<Double> pauses = CollectionLog.pauses(collections);
            looks.add(new Look(
                    (System.nanoTime() - begin) / 1e9,
                    report,
                    anonymousBytes(server.pid()),
                    List.copyOf(pauses.subList(seenPauses, pauses.size()))));
            seenPauses = pauses.size();
            System.err.print(row(looks.getLast(), plan));
        }
        return looks;
    }

    private static long anonymousBytes(long pid) throws IOException {
        Matcher anonymous = ANONYMOUS.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
        if (!anonymous.find()) {
            throw new IOException("the system does not say how much anonymous memory a process holds");
        }
        return Long.parseLong(anonymous.group(1)) << 10;
    }

    private static double besideCache(Look look, Plan plan) {
        return (look.anonymousBytes() - plan.kvBytes()) / 1e6;
    }

    private static String row(Look look, Plan plan) {
        return String.format(
                Locale.ROOT,
                "| %.0f s | %.0f | %.0f MB | %d | %s | %s |%n",
                look.seconds(),
                look.load().tokensPerSecond(),
                besideCache(look, plan),
                look.pauses().size(),
                look.pauses().isEmpty() ? "" : millis(new Measurement(look.pauses()).median()),
                look.pauses().isEmpty() ? "" : millis(new Measurement(look.pauses()).greatest()));
    }

    private static String millis(double value) {
        return String.format(Locale.ROOT, "%.1f ms", value);
    }

    private String report(Plan plan, List<Look> looks) throws IOException {
        List<Double> pauses =
                looks.stream().flatMap(look -> look.pauses().stream()).toList();
        double beside = besideCache(looks.getLast(), plan);
        long tokens = (long) looks.size() * clients * REQUESTS * (PROMPT_TOKENS + OUTPUT_TOKENS);
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                """
                # Serving for minutes: memory and pauses

                `./troupe bench sustained --minutes %d --clients %d`, %s: `./troupe serve` of %s at its default settings, and \
                %d clients that stream one answer after the other, %d random tokens in (no prompt twice), %d out, %d requests \
                of each between two rows. Clients and server share the cores.

                Machine: %s.

                Anonymous resident memory, less the KV cache's %,d MiB: **%.0f MB** after the last row; the aim of %.0f MB is \
                %s. %s

                """,
                minutes,
                clients,
                LocalDate.now(Clock.systemUTC()),
                model,
                clients,
                PROMPT_TOKENS,
                OUTPUT_TOKENS,
                REQUESTS,
                Machine.describe(),
                plan.kvBytes() >> 20,
                beside,
                AIM_MEGABYTES,
                beside <= AIM_MEGABYTES ? "met" : "missed",
                tokens >= plan.kvTokens()
                        ? String.format(
                                Locale.ROOT,
                                "All of that cache was written: it holds %,d tokens, %,d were computed.",
                                plan.kvTokens(),
                                tokens)
                        : "That cache was not filled, so this is too little."));
        if (!pauses.isEmpty()) {
            Measurement all = new Measurement(pauses);
            text.append(String.format(
                    Locale.ROOT,
                    "Pauses of collections: %d, median **%.1f ms**, longest **%.1f ms**; the aim of %.0f ms for each is %s.%n%n",
                    pauses.size(),
                    all.median(),
                    all.greatest(),
                    AIM_PAUSE_MILLIS,
                    all.greatest() < AIM_PAUSE_MILLIS ? "met" : "missed"));
        }
        text.append(
                "| after | tokens/s | anonymous memory beside the KV cache | collections | median pause | longest |\n");
        text.append("|---|---|---|---|---|---|\n");
        looks.forEach(look -> text.append(row(look, plan)));
        return text.toString();
    }
}
