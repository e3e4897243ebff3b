package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
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
    static void begin() throws Exception {
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
        NodeProcess killed = cluster.workers().getFirst();
        String address = killed.address();
        int lostBefore = lostAttempts();

        // So many that both workers have some of them.
        List<AtomicInteger> chunks = new ArrayList<>();
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            chunks.add(new AtomicInteger());
            answers.add(client.streamAsync(url, LONG_BODY, chunks.getLast()));
        }
        while (chunks.stream().anyMatch(each -> each.get() < 20)) {
            assertFalse(answers.stream().anyMatch(CompletableFuture::isDone));
            Thread.sleep(1);
        }
        killed.kill();
        cluster.start(Launch.of("worker"));
        for (CompletableFuture<List<String>> answer : answers) {
            assertEquals(undisturbed, answer.get(180, TimeUnit.SECONDS));
        }
        assertTrue(lostAttempts() > lostBefore, "no request was on the worker that was killed");
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.await(
                    Pattern.compile("a worker is lost: its process is gone worker=\"\\S+@" + Pattern.quote(address)));
        }
        admin.awaitGone(address);
        assertTrue(admin.hasEvent("lost", address));
    }

    @Test
    void shouldGoOnWithTheSameTokensWhenAWorkerStandsStillAndTakeItBackAfterwards() throws Exception {
        String url = cluster.urls().getFirst();
        List<String> undisturbed = client.stream(url, LONG_BODY);
        NodeProcess still = cluster.workers().getFirst();
        String lines = "worker=\"\\S+@" + Pattern.quote(still.address()) + "\\S+\"";
        int lostBefore = lostAttempts();
        List<AtomicInteger> chunks = new ArrayList<>();
        List<CompletableFuture<List<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            chunks.add(new AtomicInteger());
            answers.add(client.streamAsync(url, LONG_BODY, chunks.getLast()));
        }
        while (chunks.stream().anyMatch(each -> each.get() < 20)) {
            Thread.sleep(1);
        }
        still.pause();
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.await(Pattern.compile("a worker is lost: no sign of life for 1000 ms " + lines));
        }
        // What it still has to say is of attempts that were superseded.
        still.resume();
        for (CompletableFuture<List<String>> answer : answers) {
            assertEquals(undisturbed, answer.get(180, TimeUnit.SECONDS));
        }
        assertTrue(lostAttempts() > lostBefore, "no request was on the worker that stood still");
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.await(Pattern.compile(
                    "(?s)a worker is lost: no sign of life for 1000 ms " + lines + ".*a worker is up " + lines));
        }
    }

    /** How often the gateways have moved a request from a worker to another one. */
    private static int lostAttempts() throws IOException {
        int lost = 0;
        for (NodeProcess gateway : cluster.gateways()) {
            lost += (int) gateway.log()
                    .lines()
                    .filter(line -> line.contains("an attempt is lost"))
                    .count();
        }
        return lost;
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

    @Test
    @Tag("long")
    void shouldFailNoRequestAndChangeNoAnswerDuringARollingUpgrade() throws Exception {
        int present = Protocol.CURRENT.version();
        Path next = ChangedClass.protocol(folder.resolve("next"), present + 1);
        restartAll(launch -> launch.withClasses(next));
        for (JsonNode node : admin.view().path("nodes")) {
            assertEquals(present + 1, node.path("protocol").asInt(), node::toString);
        }
        restartAll(Launch::withoutClasses);
    }

    @Test
    @Tag("long")
    void shouldFailNoRequestAndChangeNoAnswerWhileWorkersDieAndNodesAreDrainedAtRandom() throws Exception {
        Random random = new Random(1);
        try (Load load = startLoad()) {
            for (int round = 0; round < 12; round++) {
                load.awaitMore(1);
                List<NodeProcess> nodes = cluster.nodes();
                NodeProcess node = nodes.get(random.nextInt(nodes.size()));
                // A gateway's connections die with it, so that its clients would see it: it is drained.
                if (!node.isGateway() && random.nextBoolean()) {
                    String address = node.address();
                    node.kill();
                    start(node.launch());
                    admin.awaitGone(address);
                } else {
                    assertEquals(0, admin.drainAndAwaitEnd(node));
                    start(node.launch());
                }
                admin.await("four nodes, two replicas", ClusterTest::isComplete);
            }
            requireUndisturbed(load);
        }
    }

    /** Restarts gateways, then workers, as {@code change} says, while clients ask; nothing may fail or change. */
    private static void restartAll(UnaryOperator<Launch> change) throws Exception {
        try (Load load = startLoad()) {
            List<NodeProcess> old = new ArrayList<>(cluster.gateways());
            old.addAll(cluster.workers());
            for (NodeProcess node : old) {
                load.awaitMore(1);
                assertEquals(0, admin.drainAndAwaitEnd(node));
                start(change.apply(node.launch()));
                admin.await("four nodes, two replicas", ClusterTest::isComplete);
            }
            requireUndisturbed(load);
        }
    }

    private static Load startLoad() throws IOException, InterruptedException {
        String url = cluster.urls().getFirst();
        String first = Client.body("tiny", "a rolling restart", 600, 11);
        String second = Client.body("tiny", "of every node", 400, 12);
        return Load.start(
                client,
                cluster,
                List.of(
                        new Load.Question(first, client.stream(url, first)),
                        new Load.Question(second, client.stream(url, second))),
                2);
    }

    private static void requireUndisturbed(Load load) throws InterruptedException {
        load.awaitMore(4);
        Load.Counts counts = load.stop();
        assertEquals(0, counts.failed(), () -> counts + ": " + load.failure());
        assertEquals(0, counts.changed(), counts::toString);
    }

    private static void start(Launch launch) throws IOException, InterruptedException {
        NodeProcess fresh = cluster.start(launch);
        if (fresh.isGateway()) {
            fresh.url();
        }
    }

    private static boolean isComplete(JsonNode view) {
        return view.path("nodes").size() == 4 && Admin.ready(view, "tiny") == 2;
    }
}
