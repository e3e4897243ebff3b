package troupe.bench.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks {@code /v1/completions}, greedily and past the end of text; any number of threads may share one. */
public final class CompletionClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data: ";
    private static final int SHOWN_CHARACTERS = 300;

    private final HttpClient http;
    private final URI completions;

    /** @param server such as {@code http://127.0.0.1:8000} */
    public CompletionClient(URI server) {
        this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        this.completions = server.resolve("/v1/completions");
    }

    /**
     * Completes a text.
     *
     * @throws IOException if the server does not answer, or not as the API says
     */
    public Answer complete(String prompt, int maxTokens) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                request(body(maxTokens).put("prompt", prompt)),
                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        requireOk(response.statusCode(), response.body());
        JsonNode answer = JSON.readTree(response.body());
        JsonNode usage = answer.path("usage");
        if (!answer.path("choices").path(0).path("text").isTextual() || !usage.has("completion_tokens")) {
            throw new IOException("an answer has no text or no usage: " + shortened(response.body()));
        }
        return new Answer(
                answer.path("choices").path(0).path("text").textValue(),
                usage.path("prompt_tokens").intValue(),
                usage.path("completion_tokens").intValue());
    }

    /** Streams the completion of some token ids. */
    StreamTimes stream(int[] prompt, int maxTokens) throws IOException, InterruptedException {
        ObjectNode body = body(maxTokens).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        body.set("prompt", JSON.valueToTree(prompt));
        HttpRequest request = request(body);
        long sent = System.nanoTime();
        HttpResponse<InputStream> response = send(request);
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            if (response.statusCode() != 200) {
                StringBuilder text = new StringBuilder();
                lines.lines().forEach(text::append);
                requireOk(response.statusCode(), text.toString());
            }
            return read(lines, sent);
        }
    }

    /** Sends once more when the answer never began: llama-server closes connections between requests as it likes. */
    private HttpResponse<InputStream> send(HttpRequest request) throws IOException, InterruptedException {
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpTimeoutException e) {
            throw e;
        } catch (IOException e) {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        }
    }

    private static StreamTimes read(BufferedReader lines, long sent) throws IOException {
        List<Long> times = new ArrayList<>();
        int completionTokens = -1;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            long now = System.nanoTime();
            if (!line.startsWith(DATA + "{")) {
                continue;
            }
            JsonNode chunk = JSON.readTree(line.substring(DATA.length()));
            if (chunk.has("error")) {
                throw new IOException(
                        "a stream ended with " + shortened(chunk.path("error").toString()));
            }
            if (!chunk.path("choices").path(0).path("text").asText("").isEmpty()) {
                times.add(now);
            }
            completionTokens = chunk.path("usage").path("completion_tokens").asInt(completionTokens);
        }
        if (times.isEmpty() || completionTokens < 0) {
            throw new IOException("a stream ended with " + times.size() + " chunks of text and "
                    + (completionTokens < 0 ? "no usage" : completionTokens + " tokens"));
        }
        return new StreamTimes(sent, times, completionTokens);
    }

    private static ObjectNode body(int maxTokens) {
        return JSON.createObjectNode()
                .put("max_tokens", maxTokens)
                .put("temperature", 0)
                .put("ignore_eos", true)
                .put("cache_prompt", false); // llama-server's; others do not know it
    }

    private HttpRequest request(ObjectNode body) {
        return HttpRequest.newBuilder(completions)
                .timeout(Duration.ofMinutes(5))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
    }

    private static void requireOk(int status, String body) throws IOException {
        if (status != 200) {
            throw new IOException("a request was answered with status " + status + ": " + shortened(body));
        }
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + "...";
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
