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
public final class Client implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(3);
    private static final int UNAVAILABLE = 503;
    private static final Pattern VARYING =
            Pattern.compile("\"(id|created)\":(\"[^\"]*\"|\\d+),|\"prompt_tokens_details\":\\{[^}]*}");

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /** A body for {@code /v1/completions} that is answered by exactly {@code tokens} tokens. */
    public static String body(String model, String prompt, int tokens, long seed) {
        return """
                {"model": "%s", "prompt": "%s", "max_tokens": %d, "seed": %d, "temperature": 0.9, "ignore_eos": true,
                 "stream": true, "logprobs": 1}""".formatted(model, prompt, tokens, seed);
    }

    /**
     * The chunks of a streamed answer.
     *
     * @throws NotAnsweredException if the gateway is not there, or asks to come back later
     * @throws IOException if the answer is another failure, or breaks off
     */
    public List<String> stream(String url, String body) throws IOException, InterruptedException {
        return stream(url, body, new AtomicInteger());
    }

    /** As {@link #stream(String, String)}; counts the chunks as they come. */
    List<String> stream(String url, String body, AtomicInteger chunks) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> response = send(url, body);
        try (Stream<String> lines = response.body()) {
            List<String> all = lines.filter(line -> !line.isEmpty())
                    .peek(line -> chunks.incrementAndGet())
                    .map(line -> VARYING.matcher(line).replaceAll(""))
                    .toList();
            if (response.statusCode() == UNAVAILABLE) {
                throw new NotAnsweredException(String.join(" ", all), null);
            }
            if (response.statusCode() != 200 || !all.getLast().equals("data: [DONE]")) {
                throw new IOException(
                        response.statusCode() + ", the last line is " + (all.isEmpty() ? "missing" : all.getLast()));
            }
            return all;
        } catch (java.io.UncheckedIOException e) {
            throw new IOException("the answer broke off after " + chunks + " chunks", e);
        }
    }

    private HttpResponse<Stream<String>> send(String url, String body) throws IOException, InterruptedException {
        try {
            return http.send(
                    HttpRequest.newBuilder(URI.create(url + "/v1/completions"))
                            .timeout(TIMEOUT)
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofLines());
        } catch (IOException e) {
            throw new NotAnsweredException("no answer from " + url, e);
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

    /** No answer has begun: the request may be sent to another gateway. */
    public static final class NotAnsweredException extends IOException {
        private static final long serialVersionUID = 1;

        NotAnsweredException(String message, @org.jspecify.annotations.Nullable Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
