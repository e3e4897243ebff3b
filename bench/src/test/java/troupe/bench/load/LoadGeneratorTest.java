package troupe.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LoadGeneratorTest {
    private static final int TOKENS = 3;

    @Test
    void shouldSendEveryClientsRequestsWithPromptsOfTheirOwn() throws IOException, InterruptedException {
        try (StubServer server = StubServer.streaming(TOKENS);
                CompletionClient client = new CompletionClient(server.address())) {
            LoadReport report = LoadGenerator.run(client, new LoadPlan(2, 3, 5, TOKENS, 1000), new Random(1));
            List<List<Integer>> prompts = server.prompts();
            assertEquals(6, prompts.size());
            assertEquals(6, prompts.stream().distinct().count());
            assertTrue(prompts.stream()
                    .allMatch(prompt -> prompt.size() == 5
                            && prompt.stream().allMatch(id -> id >= LoadPlan.FIRST_ID && id < 1000)));
            assertTrue(report.tokensPerSecond() > 0);
        }
    }

    @Test
    void shouldAskGreedilyPastTheEndOfTextWithUsage() throws IOException, InterruptedException {
        try (StubServer server = StubServer.streaming(TOKENS);
                CompletionClient client = new CompletionClient(server.address())) {
            LoadGenerator.run(client, new LoadPlan(1, 1, 5, TOKENS, 1000), new Random(1));
            String body = server.bodies().getFirst();
            for (String part : List.of(
                    "\"temperature\":0",
                    "\"ignore_eos\":true",
                    "\"max_tokens\":3",
                    "\"stream\":true",
                    "\"stream_options\":{\"include_usage\":true}")) {
                assertTrue(body.contains(part), body);
            }
        }
    }

    @Test
    void shouldFailWhenAnAnswerHasAnotherNumberOfTokens() throws IOException, InterruptedException {
        try (StubServer server = StubServer.streaming(TOKENS - 1);
                CompletionClient client = new CompletionClient(server.address())) {
            LoadPlan plan = new LoadPlan(1, 1, 5, TOKENS, 1000);
            IOException failure = assertThrows(IOException.class, () -> LoadGenerator.run(client, plan, new Random(1)));
            assertTrue(String.valueOf(failure.getMessage()).contains("2 tokens"), failure.getMessage());
        }
    }

    @Test
    void shouldFailWithTheServersWordsWhenARequestIsRefused() throws IOException, InterruptedException {
        try (StubServer server = StubServer.refusing("too many requests");
                CompletionClient client = new CompletionClient(server.address())) {
            LoadPlan plan = new LoadPlan(1, 1, 5, TOKENS, 1000);
            IOException failure = assertThrows(IOException.class, () -> LoadGenerator.run(client, plan, new Random(1)));
            assertTrue(String.valueOf(failure.getMessage()).contains("503"), failure.getMessage());
            assertTrue(String.valueOf(failure.getMessage()).contains("too many requests"), failure.getMessage());
        }
    }

    @Test
    void shouldSendOnceMoreWhenTheServerHangsUpBeforeItsAnswer() throws Exception {
        String stream = """
                data: {"choices":[{"text":"a"}]}

                data: {"choices":[{"text":"b"}]}

                data: {"choices":[],"usage":{"completion_tokens":2}}

                """;
        String answer =
                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + stream.length() + "\r\n\r\n" + stream;
        try (ServerSocket listening = new ServerSocket(0);
                CompletionClient client =
                        new CompletionClient(URI.create("http://127.0.0.1:" + listening.getLocalPort()))) {
            Thread server = Thread.ofVirtual().start(() -> {
                try {
                    for (String text : new String[] {"", answer}) {
                        try (Socket connection = listening.accept()) {
                            connection.getInputStream().read(new byte[4096]);
                            connection.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
                        }
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            LoadReport report = LoadGenerator.run(client, new LoadPlan(1, 1, 5, 2, 1000), new Random(1));
            assertTrue(report.tokensPerSecond() > 0);
            server.join();
        }
    }

    @Test
    void shouldReadAWholeAnswerWithItsUsage() throws IOException, InterruptedException {
        try (StubServer server = StubServer.answering("{\"choices\":[{\"text\":\" Paris\"}],"
                        + "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}");
                CompletionClient client = new CompletionClient(server.address())) {
            assertEquals(new Answer(" Paris", 5, 1), client.complete("The capital of France is", 1));
        }
    }

    @Test
    void shouldRefuseAnAnswerWithoutUsage() throws IOException {
        try (StubServer server = StubServer.answering("{\"choices\":[{\"text\":\" Paris\"}]}");
                CompletionClient client = new CompletionClient(server.address())) {
            assertThrows(IOException.class, () -> client.complete("The capital of France is", 1));
        }
    }

    @Test
    void shouldDeriveRatesAndPercentilesFromTheTimesOfArrival() {
        long ms = 1_000_000;
        List<StreamTimes> streams = List.of(
                new StreamTimes(0, List.of(100 * ms, 110 * ms, 130 * ms), 3),
                new StreamTimes(0, List.of(300 * ms, 310 * ms), 2));
        LoadReport report = LoadGenerator.report(streams, 0, 500 * ms);
        assertEquals(10, report.tokensPerSecond());
        assertEquals(100, report.firstTokenMedian(), 0.1);
        assertEquals(10, report.gapMedian(), 0.1);
        assertEquals(20, report.gapP99(), 0.1);
    }

    @Test
    void shouldRefuseAPlanWithoutWork() {
        assertThrows(IllegalArgumentException.class, () -> new LoadPlan(0, 1, 1, 2, 100));
        assertThrows(IllegalArgumentException.class, () -> new LoadPlan(1, 1, 1, 1, 100));
        assertThrows(IllegalArgumentException.class, () -> new LoadPlan(1, 1, 1, 2, LoadPlan.FIRST_ID));
    }
}
