package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTokenLogprob;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import troupe.conf.Settings;

/** The official OpenAI SDKs for Java and for Python, unchanged, against a started server with the default model. */
class OpenAiSdkTest {
    private static final String PYTHON_SDK = "openai==3.54.0";

    private static Server server;
    private static OpenAIClient client;

    @BeforeAll
    static void startServer() throws IOException, InterruptedException {
        Models models = Models.ofThisUser();
        Settings settings = Settings.load(null, "troupe { http.port = 0, engine.kv-memory = 256 MiB }");
        server = Server.start(settings, models, new StartPhases(System::nanoTime));
        client = OpenAIOkHttpClient.builder()
                .baseUrl(server.url() + "/v1")
                .apiKey("none")
                .maxRetries(0)
                .build();
    }

    @AfterAll
    static void closeServer() {
        client.close();
        server.close();
    }

    private static ChatCompletionCreateParams.Builder question() {
        return ChatCompletionCreateParams.builder()
                .model("smollm2-135m")
                .addUserMessage("Name the capital of Italy.")
                .temperature(0)
                .maxCompletionTokens(24);
    }

    @Test
    void shouldChatThroughTheJavaSdk() {
        ChatCompletion answer = client.chat().completions().create(question().build());
        assertEquals("The capital of Italy is Rome.", text(answer));
        assertEquals(
                ChatCompletion.Choice.FinishReason.STOP,
                answer.choices().getFirst().finishReason());
        var usage = answer.usage().orElseThrow();
        assertEquals(usage.totalTokens(), usage.promptTokens() + usage.completionTokens());
    }

    @Test
    void shouldStreamTheSameThroughTheJavaSdk() {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        int pieces = 0;
        boolean usage = false;
        ChatCompletionCreateParams params = question()
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(params)) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                whole.accumulate(chunk);
                usage |= chunk.usage().isPresent();
                pieces++;
            }
        }
        assertEquals("The capital of Italy is Rome.", text(whole.chatCompletion()));
        assertTrue(pieces > 5, "the answer came in " + pieces + " pieces");
        assertTrue(usage, "no chunk had the usage");
    }

    @Test
    void shouldStopAtAStringThroughTheJavaSdk() {
        ChatCompletion answer =
                client.chat().completions().create(question().stop("Rome").build());
        assertEquals("The capital of Italy is ", text(answer));
    }

    @Test
    void shouldGiveLogprobsThroughTheJavaSdk() {
        ChatCompletion answer = client.chat()
                .completions()
                .create(question().logprobs(true).topLogprobs(3).build());
        List<ChatCompletionTokenLogprob> tokens =
                answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
        assertFalse(tokens.isEmpty());
        for (ChatCompletionTokenLogprob token : tokens) {
            assertTrue(token.logprob() <= 0, "a log-probability of " + token.logprob());
            assertEquals(3, token.topLogprobs().size());
            assertEquals(token.token(), token.topLogprobs().getFirst().token(), "greedy takes the likeliest");
        }
    }

    @Test
    void shouldNameTheFieldOfAnErrorThroughTheJavaSdk() {
        BadRequestException e = assertThrows(
                BadRequestException.class,
                () -> client.chat()
                        .completions()
                        .create(question().temperature(-1).build()));
        assertEquals("temperature", e.param().orElse("none"));
    }

    @Test
    void shouldServeThePythonSdk() throws IOException, InterruptedException {
        Path folder = Path.of("target", "python-sdk").toAbsolutePath();
        Path packages = folder.resolve("packages");
        if (!Files.isDirectory(packages.resolve("openai"))) {
            List<String> install = List.of(
                    "python3",
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--target",
                    packages.toString(),
                    PYTHON_SDK);
            run(install, packages);
        }
        Path script = folder.resolve("openai_sdk_check.py");
        try (InputStream in = OpenAiSdkTest.class.getResourceAsStream("/sdk/openai_sdk_check.py")) {
            Files.copy(Objects.requireNonNull(in), script, StandardCopyOption.REPLACE_EXISTING);
        }
        String output = run(List.of("python3", script.toString(), server.url()), packages);
        for (String check : List.of("chat", "streaming", "stop", "logprobs", "completion", "errors")) {
            assertTrue(output.contains("ok " + check), output);
        }
    }

    private static String text(ChatCompletion answer) {
        return answer.choices().getFirst().message().content().orElse("");
    }

    private static String run(List<String> command, Path pythonPath) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PYTHONPATH", pythonPath.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + "\n" + output);
        return output;
    }
}
