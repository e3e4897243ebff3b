package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway and three workers under a supervisor, which tells what they die of. */
@Tag("long")
@Timeout(400)
class CausesTest {
    private static final int STREAMS = 6;

    @TempDir
    Path folder;

    private Supervised cluster;
    private String url;
    private final Client client = new Client();
    private List<String> undisturbed;

    @BeforeEach
    void start() throws Exception {
        Path model = TinyCluster.model(folder, "tiny", 1);
        Path changed = ChangedClass.compile(
                folder.resolve("changed"),
                "cli",
                "troupe.cli.NodeCommand",
                Pattern.compile("UnaryOperator\\.identity\\(\\)"),
                "troupe.multinode.Poison::wrap");
        var settings = new TreeMap<>(TinyCluster.SETTINGS);
        settings.put("model", model.toString());
        settings.put("engine.threads", "3");
        // Clients of a busy machine may lag behind so quick a model.
        settings.put("http.max-unread-events", "8192");
        List<String> flags = new ArrayList<>(TinyCluster.FLAGS);
        flags.add("-XX:ErrorFile=" + folder.resolve("crash-%p.log"));
        cluster = Supervised.start(folder, flags, settings, changed, 3);
        url = cluster.url();
        undisturbed = client.stream(url, body(1_500));
    }

    @AfterEach
    void stop() {
        client.close();
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void shouldLearnThatAWorkerCrashedAndGoOnWithTheSameTokens() throws Exception {
        List<CompletableFuture<List<String>>> streams = streams();
        long crashed = cluster.workers().getFirst().pid();
        assertEquals(
                0,
                new ProcessBuilder("kill", "-SEGV", String.valueOf(crashed))
                        .start()
                        .waitFor());
        cluster.await(Pattern.compile("a worker is lost: its process (is gone|has ended)"));
        cluster.await(Pattern.compile("the process of \\S+ has ended with status 134: it is downed"));
        requireUndisturbed(streams);
    }

    @Test
    void shouldConvictARequestThatKillsWorkersAndNoneOfItsNeighbours() throws Exception {
        List<CompletableFuture<List<String>>> streams = streams();
        // It was accepted before anybody could know.
        List<String> failed = client.stream(url, poison());
        assertTrue(failed.toString().contains("request_crashes_workers"), failed::toString);
        // Two among others, one alone.
        assertEquals(3, cluster.count("has ended with status " + Poison.STATUS + ";"));
        IOException refusal = assertThrows(IOException.class, () -> client.stream(url, poison()));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith("500"), refusal::toString);
        assertTrue(String.valueOf(refusal.getMessage()).contains("request_crashes_workers"), refusal::toString);
        assertEquals(3, cluster.count("has ended with status " + Poison.STATUS + ";"));
        requireUndisturbed(streams);
        assertEquals(1, cluster.count("the request brings workers down"));
    }

    private static String poison() {
        return """
                {"model": "tiny", "prompt": [65%s], "max_tokens": 50, "stream": true}""".formatted((", " + Poison.TOKEN).repeat(Poison.RUN));
    }

    /** All of them have begun. */
    private List<CompletableFuture<List<String>>> streams() throws InterruptedException {
        List<AtomicInteger> chunks = new ArrayList<>();
        List<CompletableFuture<List<String>>> streams = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            chunks.add(new AtomicInteger());
            streams.add(client.streamAsync(url, body(1_500), chunks.getLast()));
        }
        while (chunks.stream().anyMatch(each -> each.get() < 20)) {
            assertFalse(streams.stream().anyMatch(CompletableFuture::isCompletedExceptionally));
            Thread.sleep(1);
        }
        return streams;
    }

    private void requireUndisturbed(List<CompletableFuture<List<String>>> streams) throws Exception {
        for (CompletableFuture<List<String>> stream : streams) {
            assertEquals(undisturbed, stream.get(180, TimeUnit.SECONDS));
        }
    }

    private static String body(int tokens) {
        return Client.body("tiny", "once upon a time", tokens, 7);
    }
}
