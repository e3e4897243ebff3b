package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.Protocol;

/** Two gateways and two workers, each a process; every test leaves two of each, and a replica of "tiny" on both workers. */
@Timeout(400)
class ClusterTest {
    private static final String BODY = Client.body("tiny", "hello world", 200, 5);
    private static final String LONG_BODY = Client.body("tiny", "once upon a time", 3_900, 7);

    @TempDir
    private static Path folder;

    private static ProcessCluster cluster;
    private static Admin admin;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        client = new Client();
        cluster = TinyCluster.in(folder);
        admin = new Admin(cluster);
        String model = TinyCluster.model(folder, "tiny", 1).toString();
        cluster.start(Launch.of("gateway").serving(model)).address();
        cluster.start(Launch.of("gateway").serving(model));
        cluster.start(Launch.of("worker"));
        cluster.start(Launch.of("worker"));
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.url();
        }
    }

    @BeforeEach
    void awaitReady() throws Exception {
        admin.await("four nodes, two replicas", ClusterTest::isComplete);
    }

    @AfterAll
    static void stop() {
        // Whatever the start got to: no process is left behind.
        if (cluster != null) {
            cluster.close();
        }
        admin.close();
        client.close();
    }

    @Test
    void shouldGiveTheSameTokensThroughEveryGateway() throws Exception {
        List<String> urls = cluster.urls();
        List<String> answer = client.stream(urls.get(0), BODY);
        assertEquals(
                201,
                answer.stream().filter(line -> line.contains("\"choices\"")).count());
        assertEquals(answer, client.stream(urls.get(1), BODY));
    }

    @Test
    void shouldGoOnWithTheSameTokensWhenAWorkerIsKilled() throws Exception {
        String url = cluster.urls().getFirst();
        List<String> undisturbed = client.stream(url, LONG_BODY);

        AtomicInteger chunks = new AtomicInteger();
        CompletableFuture<List<String>> answer = client.streamAsync(url, LONG_BODY, chunks);
        while (chunks.get() < 20) {
            assertFalse(answer.isDone());
            Thread.sleep(1);
        }
        NodeProcess killed = busyWorker();
        String address = killed.address();
        killed.kill();
        assertEquals(undisturbed, answer.get(180, TimeUnit.SECONDS));

        cluster.start(Launch.of("worker"));
        admin.awaitGone(address);
        assertTrue(admin.hasEvent("lost", address));
    }

    @Test
    void shouldServeTwoModelsAtOnce() throws Exception {
        List<String> urls = cluster.urls();
        admin.deploy(TinyCluster.model(folder, "other", 2).toString(), 1);
        // Both at once, while the second one is still being loaded.
        CompletableFuture<List<String>> tiny = client.streamAsync(urls.get(1), BODY, new AtomicInteger());
        String otherBody = Client.body("other", "hello world", 200, 5);
        List<String> answer = client.stream(urls.get(1), otherBody);
        assertEquals(client.stream(urls.get(0), BODY), tiny.get(180, TimeUnit.SECONDS));
        assertFalse(answer.equals(tiny.get()), "another model gives other tokens");
        assertEquals(answer, client.stream(urls.get(0), otherBody));

        admin.scale("other", 2);
        admin.awaitReady("other", 2);
        admin.unload("other");
        admin.await(
                "the second model is gone",
                view -> Admin.ready(view, "other") < 0
                        && view.findValuesAsText("model").stream().noneMatch("other"::equals));
    }

    @Test
    void shouldFailNoRequestAndChangeNoAnswerWhileEveryNodeIsRestarted() throws Exception {
        restartAll(UnaryOperator.identity());
    }

    @Test
    @Tag("long")
    void shouldFailNoRequestAndChangeNoAnswerDuringARollingUpgrade() throws Exception {
        int present = Protocol.CURRENT.version();
        Path next = ChangedClass.protocol(folder.resolve("next"), present + 1);
        restartAll(launch -> launch.withClasses(next));
        for (JsonNode node : admin.view().path("nodes")) {
            assertEquals(present + 1, node.path("protocol").asInt(), node::toString);
        }
        restartAll(
                launch -> new Launch(launch.role(), launch.model(), launch.settings(), List.of(), launch.directory()));
    }

    /** Restarts gateways, then workers, as {@code change} says, while three clients ask; nothing may fail or change. */
    private static void restartAll(UnaryOperator<Launch> change) throws Exception {
        String url = cluster.urls().getFirst();
        String first = Client.body("tiny", "a rolling restart", 600, 11);
        String second = Client.body("tiny", "of every node", 400, 12);
        List<Load.Question> questions = List.of(
                new Load.Question(first, client.stream(url, first)),
                new Load.Question(second, client.stream(url, second)));
        try (Load load = Load.start(client, cluster, questions, 3)) {
            List<NodeProcess> old = new ArrayList<>(cluster.gateways());
            old.addAll(cluster.workers());
            for (NodeProcess node : old) {
                load.awaitMore(1);
                assertEquals(0, admin.drainAndAwaitEnd(node));
                NodeProcess fresh = cluster.start(change.apply(node.launch()));
                if (fresh.isGateway()) {
                    fresh.url();
                }
                admin.await("four nodes, two replicas", ClusterTest::isComplete);
            }
            load.awaitMore(2);
            Load.Counts counts = load.stop();
            assertEquals(0, counts.failed(), () -> counts + ": " + load.failure());
            assertEquals(0, counts.changed(), counts::toString);
        }
    }

    private static boolean isComplete(JsonNode view) {
        return view.path("nodes").size() == 4 && Admin.ready(view, "tiny") == 2;
    }

    @Test
    void shouldOfferToDownANodeThatCannotBeReached() throws Exception {
        NodeProcess silent = cluster.workers().getLast();
        String address = silent.address();
        silent.pause();
        // Both wait until the gateway has noticed.
        String url = cluster.urls().getFirst();
        CompletableFuture<CommandLine.Result> offered = CommandLine.start("cluster", "--url", url, "drain", address);
        CompletableFuture<CommandLine.Result> downed =
                CommandLine.start("cluster", "--url", url, "drain", "--force", address);
        assertEquals(
                new CommandLine.Result(
                        1, "troupe: the node '" + address + "' cannot be reached; a drain by force (--force) downs it"),
                offered.get(180, TimeUnit.SECONDS));
        assertEquals(new CommandLine.Result(0, address + " is draining"), downed.get(180, TimeUnit.SECONDS));
        admin.awaitGone(address);
        assertTrue(admin.hasEvent("left", address));
        silent.kill();
        cluster.start(Launch.of("worker"));
    }

    private static NodeProcess busyWorker() throws IOException, InterruptedException {
        String busy = admin.busyReplicas().getFirst();
        for (NodeProcess worker : cluster.workers()) {
            if (busy.contains("@" + worker.address() + "/")) {
                return worker;
            }
        }
        throw new AssertionError(busy + " is on none of the workers");
    }
}
