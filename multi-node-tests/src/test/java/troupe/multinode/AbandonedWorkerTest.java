package troupe.multinode;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A worker whose cluster has lost its last gateway in peace. */
@Timeout(200)
class AbandonedWorkerTest {
    @Test
    void shouldEndSoThatItsNextStartFindsTheGatewaysThatThereAreThen(@TempDir Path folder) throws Exception {
        TinyCluster.model(folder, "tiny", 1);
        try (ProcessCluster cluster = TinyCluster.in(folder);
                Admin admin = new Admin(cluster)) {
            NodeProcess gateway =
                    cluster.start(Launch.of("gateway").serving("tiny.gguf").in(folder));
            gateway.url();
            NodeProcess worker = cluster.start(Launch.of("worker").in(folder));
            admin.awaitReady("tiny", 1);
            gateway.terminate();
            gateway.awaitEnd();
            assertNotEquals(0, worker.awaitEnd());
            assertTrue(worker.log().contains("this node's cluster has had no gateway for"), worker.log());
        }
    }
}
