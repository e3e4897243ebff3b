package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import troupe.conf.Settings;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ModelExecutor;
import troupe.engine.executor.StepHandle;
import troupe.engine.executor.StepPlan;

/** The engine's thread dies in the middle of several streams of the real model, and no client can tell from the tokens. */
@Timeout(300)
class EngineDeathTest {
    private static final String MODEL = "smollm2-135m";

    /** What the clients ask for, all at once; each with log-probabilities, so that bits are compared and not only text. */
    private static final List<String> REQUESTS = List.of(
            chat("Tell me about the sea.", "\"temperature\": 0, \"max_tokens\": 60"),
            chat("Tell me a story about a fox.", "\"temperature\": 0.9, \"seed\": 11, \"max_tokens\": 60"),
            chat("Name some animals.", "\"temperature\": 1.1, \"seed\": 12, \"n\": 2, \"max_tokens\": 50"),
            chat(
                    "Write a poem.",
                    "\"temperature\": 0.8, \"seed\": 13, \"max_tokens\": 60, \"presence_penalty\": 0.5,"
                            + " \"repetition_penalty\": 1.2"),
            chat("Count to ten.", "\"temperature\": 0, \"max_tokens\": 60, \"stop\": [\"seven\", \"7\"]"),
            chat(
                    "What is the weather like?",
                    "\"temperature\": 0.7, \"top_p\": 0.9, \"seed\": 14, \"max_tokens\": 60"));

    private static String chat(String question, String parameters) {
        return """
                {"model": "%s", "stream": true, "stream_options": {"include_usage": true}, "logprobs": true,
                 "top_logprobs": 2, "messages": [{"role": "user", "content": "%s"}], %s}""".formatted(MODEL, question, parameters);
    }

    @Test
    void shouldGoOnWithExactlyTheSameTokens() throws Exception {
        List<String> undisturbed = answers(UnaryOperator.identity());

        AtomicInteger steps = new AtomicInteger();
        AtomicInteger deaths = new AtomicInteger();
        List<String> disturbed = answers(executor -> new Dying(executor, steps, deaths));

        assertEquals(2, deaths.get());
        assertEquals(undisturbed, disturbed);
    }

    /** Dies at the 20th and at the 45th step of the whole test, when all requests are in the middle of their answers. */
    private record Dying(ModelExecutor executor, AtomicInteger steps, AtomicInteger deaths) implements ModelExecutor {
        @Override
        public ExecutorInfo info() {
            return executor.info();
        }

        @Override
        public StepHandle submit(StepPlan plan) {
            int step = steps.incrementAndGet();
            if (step == 20 || step == 45) {
                deaths.incrementAndGet();
                throw new IllegalStateException("a fault injected at step " + step);
            }
            return executor.submit(plan);
        }

        @Override
        public void close() {
            executor.close();
        }
    }

    private static List<String> answers(UnaryOperator<ModelExecutor> wrapping) throws Exception {
        Settings settings = Settings.load(null, "troupe { http.port = 0, engine.kv-memory = 256 MiB }");
        Models models = Models.ofThisUser();
        try (Server server = Server.start(settings, models, new StartPhases(System::nanoTime), wrapping);
                HttpClient client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<String>>> responses = new ArrayList<>();
            for (String body : REQUESTS) {
                responses.add(client.sendAsync(request(server, body), HttpResponse.BodyHandlers.ofString()));
            }
            List<String> answers = new ArrayList<>();
            for (CompletableFuture<HttpResponse<String>> response : responses) {
                answers.add(content(response.join()));
            }
            return answers;
        }
    }

    private static HttpRequest request(Server server, String body) {
        return HttpRequest.newBuilder(URI.create(server.url() + "/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    /**
     * The choices' chunks in the order of choices, without ids, times and how often the cache was hit. Each token is a
     * chunk's own business to place, so text, tokens and log-probabilities are joined per choice.
     */
    private static String content(HttpResponse<String> response) throws IOException {
        assertEquals(200, response.statusCode(), response.body());
        assertTrue(response.body().stripTrailing().endsWith("data: [DONE]"), response.body());
        return StreamedAnswer.parse(response.body()).toString();
    }
}
