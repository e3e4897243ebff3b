package troupe.multinode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Asks gateways for completions; what differs from one answer to the next (ids, times) is left out. */
final class Client implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final int ATTEMPTS = 40;
    private static final Pattern VARYING =
            Pattern.compile("\"(id|created)\":(\"[^\"]*\"|\\d+),|\"prompt_tokens_details\":\\{[^}]*}");

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** A body for {@code /v1/completions} that is answered by exactly {@code tokens} tokens. */
    static String body(String model, String prompt, int tokens, long seed) {
        return """
                {"model": "%s", "prompt": "%s", "max_tokens": %d, "seed": %d, "temperature": 0.9, "ignore_eos": true,
                 "stream": true, "logprobs": 1}""".formatted(model, prompt, tokens, seed);
    }

    /** The chunks of a streamed answer; fails unless it is complete. */
    List<String> stream(String url, String body) throws IOException, InterruptedException {
        return stream(url, body, new AtomicInteger());
    }

    /** As {@link #stream(String, String)}; counts the chunks as they come. */
    List<String> stream(String url, String body, AtomicInteger chunks) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = http.send(request(url, body), HttpResponse.BodyHandlers.ofLines());
        try (Stream<String> lines = response.body()) {
            List<String> all = lines.filter(line -> !line.isEmpty())
                    .peek(line -> chunks.incrementAndGet())
                    .map(line -> VARYING.matcher(line).replaceAll(""))
                    .toList();
            if (response.statusCode() != 200 || !all.getLast().equals("data: [DONE]")) {
                throw new IOException(
                        response.statusCode() + ", the last line is " + (all.isEmpty() ? "missing" : all.getLast()));
            }
            return all;
        }
    }

    CompletableFuture<List<String>> streamAsync(String url, String body, AtomicInteger chunks) {
        CompletableFuture<List<String>> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(stream(url, body, chunks));
            } catch (IOException | InterruptedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    /** Asks one gateway after the other, as clients do whose connection breaks or who are told to come back. */
    List<String> streamAnywhere(List<String> urls, String body) throws InterruptedException {
        IOException last = new IOException("never asked");
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            try {
                return stream(urls.get(attempt % urls.size()), body);
            } catch (IOException e) {
                last = e;
                Thread.sleep(50L * (1 + attempt / urls.size()));
            }
        }
        throw new AssertionError("no gateway of " + urls + " has answered", last);
    }

    private static HttpRequest request(String url, String body) {
        return HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    @Override
    public void close() {
        http.close();
    }
}
