package troupe.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The real server in a process of its own, with streaming clients in this one. */
final class ServedTokens implements AutoCloseable {
    private static final int VOCABULARY = 10_000; // ids that every model has

    private final Process server;
    private final URI completions;
    private final HttpClient client = HttpClient.newHttpClient();
    private final Random random = new Random(7);

    private ServedTokens(Process server, URI completions) {
        this.server = server;
        this.completions = completions;
    }

    /** Starts {@code troupe serve} with this process's class path and flags; returns once it listens. */
    static ServedTokens start(Path model, int threads) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-Xms128m",
                "-Xmx1g",
                "-XX:MetaspaceSize=128m",
                "-Dtroupe.engine.threads=" + threads));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "troupe.cli.Main"));
        command.addAll(List.of("serve", "--port", "0", "--model", model.toString()));
        Process server = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        BufferedReader output = server.inputReader(StandardCharsets.UTF_8);
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.strip().startsWith("url ")) {
                String url = line.strip().substring("url ".length()).strip();
                return new ServedTokens(server, URI.create(url + "/v1/completions"));
            }
        }
        server.destroy();
        throw new IOException("the server ended before it listened");
    }

    /**
     * Microseconds from one token of a stream to the next, as clients see it while all streams are past their prompts and
     * none has ended: the median of the streams' means.
     */
    double measure(Workload workload) throws InterruptedException {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Long>>> asked = new ArrayList<>();
            for (int stream = 0; stream < workload.streams(); stream++) {
                HttpRequest request = request(workload);
                asked.add(clients.submit(() -> tokenNanos(request)));
            }
            List<List<Long>> streams = new ArrayList<>();
            for (Future<List<Long>> each : asked) {
                streams.add(each.get());
            }
            return betweenTokens(streams) / 1e3;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a client failed", e);
        }
    }

    /** Of streams' times of tokens, each in order. */
    private static double betweenTokens(List<List<Long>> streams) {
        long begin = streams.stream().mapToLong(List::getFirst).max().orElseThrow();
        long end = streams.stream().mapToLong(List::getLast).min().orElseThrow();
        List<Double> means = new ArrayList<>();
        for (List<Long> times : streams) {
            List<Long> within =
                    times.stream().filter(time -> time >= begin && time <= end).toList();
            if (within.size() < 3) {
                throw new IllegalStateException("a stream has " + within.size() + " tokens while all run");
            }
            means.add((double) (within.getLast() - within.getFirst()) / (within.size() - 1));
        }
        return new Measurement(means).median();
    }

    private HttpRequest request(Workload workload) {
        String prompt = random.ints(workload.promptTokens(), 100, VOCABULARY)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", ", "[", "]"));
        String body = "{\"stream\": true, \"temperature\": 0, \"ignore_eos\": true, \"max_tokens\": "
                + workload.generatedTokens() + ", \"prompt\": " + prompt + "}";
        return HttpRequest.newBuilder(completions)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    private List<Long> tokenNanos(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            List<Long> times = new ArrayList<>();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("data: {")) {
                        times.add(System.nanoTime());
                    }
                }
            }
            if (response.statusCode() != 200 || times.isEmpty()) {
                throw new IOException("status " + response.statusCode() + " with " + times.size() + " events");
            }
            return times;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
        try {
            if (!server.waitFor(10, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        } catch (InterruptedException e) {
            server.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
