package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.admin.ClusterView;
import troupe.actors.admin.ClusterView.ReplicaStatus;

/** Two gateways and two workers, each a process; every test leaves two workers with a replica of the first model. */
@Timeout(120)
class ClusterTest {
    private static final String BODY = Client.body("tiny", "hello world", 200, 5);
    private static final String LONG_BODY = Client.body("tiny", "once upon a time", 3_000, 7);

    @TempDir
    private static Path folder;

    private static TestCluster cluster;
    private static AdminNode admin;
    private static Client client;
    private static NodeProcess secondGateway;
    private static final List<NodeProcess> workers = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        client = new Client();
        cluster = new TestCluster(folder);
        secondGateway = cluster.join("gateway");
        workers.add(cluster.join("worker"));
        workers.add(cluster.join("worker"));
        admin = new AdminNode(cluster, folder.resolve("state"));
        admin.awaitReady("tiny", 2);
    }

    @AfterAll
    static void stop() {
        // Whatever the start got to: no process is left behind.
        if (admin != null) {
            admin.close();
        }
        if (cluster != null) {
            cluster.close();
        }
        client.close();
    }

    @Test
    void shouldGiveTheSameTokensThroughEveryGateway() throws Exception {
        List<String> answer = client.stream(cluster.firstGateway().url(), BODY);
        assertEquals(
                201,
                answer.stream().filter(line -> line.contains("\"choices\"")).count());
        assertEquals(answer, client.stream(secondGateway.url(), BODY));
    }

    @Test
    void shouldGoOnWithTheSameTokensWhenAWorkerIsKilled() throws Exception {
        String url = cluster.firstGateway().url();
        List<String> undisturbed = client.stream(url, LONG_BODY);

        AtomicInteger chunks = new AtomicInteger();
        CompletableFuture<List<String>> answer = client.streamAsync(url, LONG_BODY, chunks);
        while (chunks.get() < 20) {
            Thread.sleep(1);
        }
        NodeProcess killed = workerThatRuns();
        killed.kill();
        assertEquals(undisturbed, answer.get(60, TimeUnit.SECONDS));

        workers.remove(killed);
        workers.add(cluster.join("worker"));
        admin.await("the dead worker is gone", view -> !names(view).contains(address(killed)));
        admin.awaitReady("tiny", 2);
        assertTrue(admin.hasEvent("lost", address(killed)));
    }

    @Test
    void shouldServeTwoModelsAndKeepDeploymentsOnDisk() throws Exception {
        Path other = cluster.model("other", 2);
        admin.admin().deploy(other.toString(), 1, 0).toCompletableFuture().get(30, TimeUnit.SECONDS);
        // Both at once, while the second one is still being loaded.
        CompletableFuture<List<String>> tiny = client.streamAsync(secondGateway.url(), BODY, new AtomicInteger());
        String otherBody = Client.body("other", "hello world", 200, 5);
        List<String> answer = client.streamAnywhere(List.of(secondGateway.url()), otherBody);
        assertEquals(client.stream(cluster.firstGateway().url(), BODY), tiny.get(60, TimeUnit.SECONDS));
        assertFalse(answer.equals(tiny.get()), "another model gives other tokens");
        assertEquals(
                answer, client.streamAnywhere(List.of(cluster.firstGateway().url()), otherBody));

        admin.admin().scale("other", 2).toCompletableFuture().get(30, TimeUnit.SECONDS);
        admin.awaitReady("other", 2);
        admin.admin().unload("other").toCompletableFuture().get(30, TimeUnit.SECONDS);
        admin.await(
                "the second model is gone",
                view -> view.deployments().size() == 1
                        && view.nodes().stream()
                                .flatMap(node -> node.replicas().stream())
                                .noneMatch(replica -> replica.model().equals("other")));
    }

    @Test
    void shouldChangeNoAnswerWhileWorkersAreDrainedOneAfterTheOther() throws Exception {
        List<String> urls = List.of(cluster.firstGateway().url(), secondGateway.url());
        String body = Client.body("tiny", "a rolling restart", 1_000, 11);
        List<String> undisturbed = client.stream(urls.getFirst(), body);

        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Integer>> load = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int first = i;
            load.add(CompletableFuture.supplyAsync(() -> {
                int answers = 0;
                while (!over.get()) {
                    try {
                        assertEquals(undisturbed, client.stream(urls.get((first + answers) % 2), body));
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    answers++;
                }
                return answers;
            }));
        }
        for (NodeProcess old : List.copyOf(workers)) {
            workers.add(cluster.join("worker"));
            admin.awaitReady("tiny", 3);
            admin.admin().drain(address(old), false).toCompletableFuture().get(30, TimeUnit.SECONDS);
            old.awaitEnd();
            workers.remove(old);
            admin.await("the drained worker is gone", view -> !names(view).contains(address(old)));
            assertTrue(admin.hasEvent("drained", address(old)));
        }
        over.set(true);
        int answers = 0;
        for (CompletableFuture<Integer> each : load) {
            answers += each.get(60, TimeUnit.SECONDS);
        }
        assertTrue(answers >= 3, answers + " answers");
        admin.awaitReady("tiny", 2);
    }

    private static NodeProcess workerThatRuns() throws InterruptedException {
        ClusterView view = admin.await("a replica that runs something", seen -> running(seen) != null);
        String node = running(view);
        for (NodeProcess worker : workers) {
            if (address(worker).equals(node)) {
                return worker;
            }
        }
        throw new AssertionError(node + " is none of the workers");
    }

    private static @org.jspecify.annotations.Nullable String running(ClusterView view) {
        for (ClusterView.Node node : view.nodes()) {
            for (ClusterView.Replica replica : node.replicas()) {
                if (replica.status() == ReplicaStatus.READY && replica.running() > 0) {
                    return node.name();
                }
            }
        }
        return null;
    }

    private static List<String> names(ClusterView view) {
        return view.nodes().stream().map(ClusterView.Node::name).toList();
    }

    private static String address(NodeProcess node) {
        try {
            return node.address();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
