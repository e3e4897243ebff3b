package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three gateways and a worker, each a process: a stream goes on at another gateway when its own is lost. */
@Timeout(400)
class ResumptionTest {
    /** Without a seed: what is lost of its answer cannot be computed again. */
    private static final String BODY = unseeded(3_000);

    private static final String SHORT_BODY = unseeded(8);

    @TempDir
    private Path folder;

    private ProcessCluster cluster;
    private Admin admin;

    @BeforeEach
    void begin() throws Exception {
        cluster = TinyCluster.in(folder);
        admin = new Admin(cluster);
        String model = TinyCluster.model(folder, "tiny", 1).toString();
        cluster.start(Launch.of("gateway").serving(model)).address();
        for (int i = 0; i < 2; i++) {
            cluster.start(Launch.of("gateway").serving(model));
        }
        cluster.start(Launch.of("worker"));
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.url();
        }
        admin.awaitReady("tiny", 1);
        List<String> urls = cluster.urls();
        for (String other : urls.subList(1, urls.size())) {
            awaitAcquaintance(urls.getFirst(), other);
            awaitAcquaintance(other, urls.getFirst());
        }
    }

    /** An answer of one gateway is found at the other. */
    private static void awaitAcquaintance(String one, String other) throws Exception {
        String id = id();
        while (!ResumingClient.stream(List.of(one), SHORT_BODY, id, () -> {})
                .equals(ResumingClient.stream(List.of(other), SHORT_BODY, id, () -> {}))) {
            id = id();
            Thread.sleep(50);
        }
    }

    @AfterEach
    void stop() {
        cluster.close();
        admin.close();
    }

    @Test
    void shouldGoOnAtAnotherGatewayWhenItsOwnIsKilled() throws Exception {
        NodeProcess killed = cluster.gateways().getFirst();
        assertGoesOn(killed::kill);
        assertFalse(killed.isAlive());
    }

    @Test
    void shouldGoOnAtAnotherGatewayWhenItsOwnFallsSilent() throws Exception {
        NodeProcess silent = cluster.gateways().getFirst();
        assertGoesOn(silent::pause);
        assertTrue(silent.isAlive());
    }

    @Test
    void shouldGoOnAtAnotherGatewayWhenItsOwnDrains() throws Exception {
        NodeProcess drained = cluster.gateways().getFirst();
        assertGoesOn(drained::terminate);
        drained.awaitEnd();
    }

    private void assertGoesOn(ResumingClient.Blow blow) throws Exception {
        List<String> urls = cluster.urls();
        String id = id();
        List<String> answer = ResumingClient.stream(urls, BODY, id, blow);
        assertTrue(takenOver() > 0, "the stream was over before its gateway was lost");
        // The one that took it over still has all of it.
        assertEquals(ResumingClient.stream(urls.subList(1, 3), BODY, id, () -> {}), answer);
    }

    private int takenOver() throws IOException {
        int count = 0;
        for (NodeProcess gateway : cluster.gateways()) {
            count += (int) gateway.log()
                    .lines()
                    .filter(line -> line.contains("taken over from another gateway"))
                    .count();
        }
        return count;
    }

    private static String unseeded(int tokens) {
        return Client.body("tiny", "once upon a time", tokens, 7).replace(" \"seed\": 7,", "");
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }
}
