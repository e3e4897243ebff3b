package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.Protocol;

/** Who gets into a cluster of the present release, and who is refused, in words, on both sides. */
@Timeout(400)
class MembershipTest {
    private static final String BODY = Client.body("tiny", "hello world", 200, 5);
    private static final int NEXT = Protocol.CURRENT.version() + 1;

    @TempDir
    private static Path folder;

    private static ProcessCluster cluster;
    private static Admin admin;
    private static Client client;
    private static NodeProcess gateway;
    private static NodeProcess worker;
    private static NodeProcess nextGateway;
    private static NodeProcess nextWorker;
    private static List<NodeProcess> twoAhead;
    private static NodeProcess otherBytes;
    private static NodeProcess otherTokenizer;

    @BeforeAll
    static void start() throws Exception {
        client = new Client();
        cluster = TinyCluster.in(folder);
        admin = new Admin(cluster);
        // The model's path is relative, so that a node in another folder finds another file there.
        Path here = Files.createDirectory(folder.resolve("here"));
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        TinyCluster.model(here, "tiny", 1);
        TinyCluster.model(elsewhere, "tiny", 2);
        gateway = cluster.start(Launch.of("gateway").serving("tiny.gguf").in(here));
        gateway.url();
        Path next = ChangedClass.protocol(folder.resolve("next"), NEXT);
        worker = cluster.start(Launch.of("worker").in(here));
        nextWorker = cluster.start(Launch.of("worker").in(here).withClasses(next));
        nextGateway =
                cluster.start(Launch.of("gateway").serving("tiny.gguf").in(here).withClasses(next));
        Path tooFar = ChangedClass.protocol(folder.resolve("too-far"), NEXT + 1);
        twoAhead = List.of(
                cluster.start(Launch.of("worker").in(here).withClasses(tooFar)),
                cluster.start(Launch.of("gateway").serving("tiny.gguf").in(here).withClasses(tooFar)));
        otherBytes = cluster.start(Launch.of("worker").in(elsewhere));
        otherTokenizer = cluster.start(
                Launch.of("worker").in(here).withClasses(ChangedClass.tokenizer(folder.resolve("tokenizer"))));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
        admin.close();
        client.close();
    }

    @Test
    void shouldTakeNodesOfTheNextProtocolAndAnswerTheSameThroughThem() throws Exception {
        String next = nextGateway.url();
        JsonNode view = admin.awaitReady("tiny", 2);
        assertEquals(
                Protocol.CURRENT.version(),
                Admin.node(view, worker.address()).path("protocol").asInt());
        assertEquals(
                NEXT, Admin.node(view, nextWorker.address()).path("protocol").asInt());
        List<String> answer = client.stream(gateway.url(), BODY);
        assertEquals(answer, client.stream(next, BODY));

        // Then the worker of the next protocol is alone, and a gateway of either sends it what comes.
        String drained = worker.address();
        admin.drain(drained, false);
        worker.awaitEnd();
        admin.awaitReady("tiny", 1);
        assertEquals(answer, client.stream(gateway.url(), BODY));
        assertEquals(answer, client.stream(next, BODY));
    }

    @Test
    void shouldRefuseNodesTwoProtocolsAhead() throws Exception {
        for (NodeProcess refused : twoAhead) {
            assertNotEquals(0, refused.awaitEnd());
            String said = refused.log();
            assertTrue(
                    said.contains("troupe: this node speaks protocol " + (NEXT + 1) + " (release " + (NEXT + 1)
                            + ".0.0), which is no neighbour of what the cluster at "),
                    said);
            assertFalse(said.contains("\tat "), said);
        }
        gateway.await(Pattern.compile("one node speaks protocol " + (NEXT + 1) + ", the other "
                + Protocol.CURRENT.version() + ": only neighbouring protocols work together"));
    }

    @Test
    void shouldRefuseAWorkerWhoseModelHasOtherBytes() throws Exception {
        requireRefused(
                otherBytes, "the deployed model's file has the SHA-256 ([0-9a-f]{64}), the one here ([0-9a-f]{64})");
    }

    @Test
    void shouldRefuseAWorkerWithAnotherTokenizer() throws Exception {
        requireRefused(
                otherTokenizer,
                "the deployed model's tokenizer has the fingerprint ([0-9a-f]{32}), the one here ([0-9a-f]{32})");
    }

    /** The node is a member, says why it runs no replica, and a gateway says the same. */
    private static void requireRefused(NodeProcess refused, String reason) throws Exception {
        Matcher own = refused.await(Pattern.compile("ERROR .*a replica is refused: " + reason));
        assertNotEquals(own.group(1), own.group(2));
        String address = Pattern.quote(refused.address());
        gateway.await(Pattern.compile("WARN .*a replica is refused: "
                + Pattern.quote(own.group().replaceFirst(".*refused: ", "")) + ".*@" + address + "/"));
        assertTrue(admin.hasEvent("refused", refused.address()));
    }
}
