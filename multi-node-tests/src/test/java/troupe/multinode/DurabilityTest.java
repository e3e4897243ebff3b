package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What operators asked for outlives every process. */
@Timeout(400)
class DurabilityTest {
    @TempDir
    private Path folder;

    @Test
    void shouldServeTheDeployedModelsAgainAfterAllProcessesWereKilled() throws Exception {
        String tiny = TinyCluster.model(folder, "tiny", 1).toString();
        List<Launch> launches = List.of(
                keeping("gateway", "first").serving(tiny),
                keeping("all", "second").serving(tiny));
        String other = Client.body("other", "hello world", 100, 5);
        String third = Client.body("third", "hello world", 100, 5);
        try (ProcessCluster cluster = TinyCluster.in(folder);
                Admin admin = new Admin(cluster);
                Client client = new Client()) {
            start(cluster, launches);
            admin.awaitReady("tiny", 1);
            admin.deploy(TinyCluster.model(folder, "other", 2).toString(), 1);
            admin.deploy(TinyCluster.model(folder, "third", 3).toString(), 1);
            admin.scale("tiny", 0);
            String url = cluster.urls().getFirst();
            List<String> otherAnswer = client.stream(url, other);
            List<String> thirdAnswer = client.stream(url, third);
            assertNotEquals(otherAnswer, thirdAnswer);
            // Acknowledged: on disk at a majority, which is both of two.
            admin.unload("third");
            cluster.killAll();

            start(cluster, launches);
            JsonNode view = admin.awaitReady("other", 1);
            assertEquals(0, Admin.ready(view, "tiny"));
            assertEquals(-1, Admin.ready(view, "third"));
            for (String gateway : cluster.urls()) {
                assertEquals(otherAnswer, client.stream(gateway, other));
            }
        }
    }

    private Launch keeping(String role, String name) {
        return Launch.of(role).with("cluster.state-folder", folder.resolve(name).toString());
    }

    private static void start(ProcessCluster cluster, List<Launch> launches) throws Exception {
        cluster.start(launches.getFirst()).address();
        for (Launch launch : launches.subList(1, launches.size())) {
            cluster.start(launch);
        }
        for (NodeProcess gateway : cluster.gateways()) {
            gateway.url();
        }
    }
}
