package troupe.bench.routing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.bench.Machine;
import troupe.bench.Measurement;
import troupe.bench.load.CompletionClient;
import troupe.bench.load.LoadGenerator;
import troupe.bench.load.LoadPlan;
import troupe.bench.peer.ServerProcess;
import troupe.bench.probe.ThreadTime;

/**
 * What a request and a token cost beside the engine: a server whose engine computes nothing, clients in another process.
 * The time of a request is read with an engine that takes no time at all; the processor time with one that paces its
 * steps, at two lengths of answers, so that what belongs to a token can be told from what belongs to a request.
 */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        description = "What requests and tokens cost beside the engine: HTTP, JSON, actors; writes a table.")
public final class GatewayCommand implements Callable<Integer> {
    private static final int VOCABULARY = 49_152;
    private static final int PROMPT_TOKENS = 128;
    private static final int SHORT = 32;
    private static final int LONG = 256;
    /** After 2,000 the compilers still took half of the server's processor time. */
    private static final int WARM_REQUESTS = 10_000;

    private static final double AIM_MILLIS = 0.5;
    private static final double AIM_MICROS = 20;

    @Option(names = "--clients", defaultValue = "8", description = "Streams at once (${DEFAULT-VALUE}).")
    private int clients;

    @Option(names = "--repeats", defaultValue = "5", description = "Readings of every figure (${DEFAULT-VALUE}).")
    private int repeats;

    @Option(names = "--output", paramLabel = "FOLDER", defaultValue = "docs/benchmarks", description = "Of the report.")
    private Path output = Path.of("");

    /** Seconds of the processor per request of so many output tokens, without the engine's and the compilers'. */
    private record Cost(double seconds, double compiling) {}

    /** All readings: milliseconds to the first token, microseconds of the processor. */
    private static final class Readings {
        final List<Double> firstToken = new ArrayList<>();
        final List<Double> perToken = new ArrayList<>();
        final List<Double> perRequest = new ArrayList<>();
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Readings troupe = new Readings();
        Readings bare = new Readings();
        try (Server instant = Server.troupe("0,0,0");
                Server paced = Server.troupe("5,0.001,0.001");
                Server bareInstant = Server.bare("0");
                Server barePaced = Server.bare("0.005")) {
            for (Server each : List.of(instant, bareInstant)) {
                each.load(1, WARM_REQUESTS, 2);
            }
            for (Server each : List.of(paced, barePaced)) {
                each.load(clients, 100, SHORT);
                each.load(clients, 40, LONG);
            }
            for (int i = 0; i < repeats; i++) {
                System.err.printf(Locale.ROOT, "%d/%d%n", i + 1, repeats);
                read("Troupe", instant, paced, troupe);
                read("Akka HTTP alone", bareInstant, barePaced, bare);
            }
        }
        Files.createDirectories(output);
        String report = report(troupe, bare);
        Files.writeString(output.resolve("gateway.md"), report);
        System.out.println(report);
        return 0;
    }

    private void read(String what, Server instant, Server paced, Readings readings)
            throws IOException, InterruptedException {
        readings.firstToken.add(instant.load(1, 500, 2));
        Cost one = paced.cost(clients, 40, SHORT);
        Cost other = paced.cost(clients, 10, LONG);
        double token = (other.seconds() - one.seconds()) / (LONG - SHORT);
        readings.perToken.add(token * 1e6);
        readings.perRequest.add((one.seconds() - SHORT * token) * 1e6);
        System.err.printf(
                Locale.ROOT,
                "  %s: %.3f ms to the first token; %.1f us of processor a token, %.0f us a request"
                        + " (compilers beside it %.0f us a request)%n",
                what,
                readings.firstToken.getLast(),
                readings.perToken.getLast(),
                readings.perRequest.getLast(),
                one.compiling() * 1e6);
    }

    private String report(Readings troupe, Readings bare) throws IOException {
        return String.format(
                Locale.ROOT,
                """
                # What requests cost beside the engine

                `./troupe bench gateway --clients %d --repeats %d`, %s: one server process with HTTP, actors and an engine \
                that computes nothing, its clients in another process. Medians of the readings (least to greatest).

                Machine: %s.

                | | Troupe | aim | met | Akka HTTP alone |
                |---|---|---|---|---|
                | request to first token, engine of no time, 1 client, %d prompt tokens, p50, ms | %s | %.1f | %s | %s |
                | processor time per streamed token, %d streams at 200 steps/s, us | %s | %.0f | %s | %s |
                | processor time per request beside its tokens, us | %s | | | %s |

                The first row is what the client sees, its own share and the loopback's included. Processor time is that of \
                all threads but the engine's, which schedules, and the JIT compilers', which end; it is read at answers of \
                %d and of %d tokens, and the difference is the tokens'.

                Akka HTTP alone is the floor: the same clients and requests, in turn with the readings of Troupe, against a \
                server that parses the body as JSON and answers with chunks made beforehand, at once, or handed by one \
                thread from step to step straight to the responses. What Troupe adds is the difference.
                """,
                clients,
                repeats,
                LocalDate.now(Clock.systemUTC()),
                Machine.describe(),
                PROMPT_TOKENS,
                shown(troupe.firstToken, 3),
                AIM_MILLIS,
                met(troupe.firstToken, AIM_MILLIS),
                shown(bare.firstToken, 3),
                clients,
                shown(troupe.perToken, 1),
                AIM_MICROS,
                met(troupe.perToken, AIM_MICROS),
                shown(bare.perToken, 1),
                shown(troupe.perRequest, 0),
                shown(bare.perRequest, 0),
                SHORT,
                LONG);
    }

    private static String shown(List<Double> values, int digits) {
        Measurement read = new Measurement(values);
        String number = "%." + digits + "f";
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                read.median(),
                read.least(),
                read.greatest());
    }

    private static String met(List<Double> values, double aim) {
        return new Measurement(values).median() <= aim ? "yes" : "no";
    }

    /** A server in a process of its own, and its clients. */
    private static final class Server implements AutoCloseable {
        private final ServerProcess process;
        private final CompletionClient client;
        private final Random random = new Random(1);

        /** A {@link GatewayServer} whose engine has this speed. */
        static Server troupe(String speed) throws IOException, InterruptedException {
            return new Server(GatewayServer.class, "--speed", speed);
        }

        static Server bare(String stepSeconds) throws IOException, InterruptedException {
            return new Server(BareServer.class, "--step", stepSeconds);
        }

        private Server(Class<?> main, String option, String value) throws IOException, InterruptedException {
            int port = ServerProcess.freePort();
            List<String> command = List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--sun-misc-unsafe-memory-access=allow",
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:+UseSerialGC",
                    "-Xms128m",
                    "-Xmx1g",
                    "-cp",
                    System.getProperty("java.class.path"),
                    main.getName(),
                    "--port",
                    Integer.toString(port),
                    option,
                    value);
            Path log = Files.createTempFile("troupe-gateway", ".log");
            log.toFile().deleteOnExit();
            process = ServerProcess.start(command, port, log);
            client = new CompletionClient(URI.create("http://127.0.0.1:" + port));
        }

        /** Runs closed loops; gives the median time to the first token, milliseconds. */
        double load(int clients, int requests, int outputTokens) throws IOException, InterruptedException {
            return LoadGenerator.run(
                            client, new LoadPlan(clients, requests, PROMPT_TOKENS, outputTokens, VOCABULARY), random)
                    .firstTokenMedian();
        }

        Cost cost(int clients, int requests, int outputTokens) throws IOException, InterruptedException {
            Map<String, Long> before = ThreadTime.of(process.pid());
            load(clients, requests, outputTokens);
            Map<String, Long> after = ThreadTime.of(process.pid());
            long ours = 0;
            long compilers = 0;
            for (Map.Entry<String, Long> thread : after.entrySet()) {
                long ticks = thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
                if (thread.getKey().contains("CompilerThre")) {
                    compilers += ticks;
                } else if (!thread.getKey().startsWith("engine-")) {
                    ours += ticks;
                }
            }
            double all = ThreadTime.TICKS_PER_SECOND * clients * requests;
            return new Cost(ours / all, compilers / all);
        }

        @Override
        public void close() {
            client.close();
            process.close();
        }
    }
}
