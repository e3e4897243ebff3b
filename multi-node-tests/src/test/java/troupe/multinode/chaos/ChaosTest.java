package troupe.multinode.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import troupe.engine.testing.TinyLlama;

/** The short version of {@code ./troupe chaos}: two gateways and two workers. */
@Timeout(400)
class ChaosTest {
    private static final int CONTEXT = 4_096;

    // Evidence stays there when something goes wrong.
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path folder;

    @Test
    void shouldLoseNothingAndChangeNothing() throws Exception {
        Path model = TinyLlama.writer(1).uint32("llama.context_length", CONTEXT).write(folder.resolve("tiny.gguf"));
        ChaosOptions options = new ChaosOptions(
                2,
                2,
                model.toString(),
                "tiny",
                6,
                4,
                1,
                60,
                1,
                folder,
                folder.resolve("cache"),
                Map.of("engine.kv-memory", "4MiB", "cluster.memory", "16MiB"),
                List.of(
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-CreateCoredumpOnCrash",
                        "-Xshare:auto",
                        "-Xmx256m"));
        try (ChaosRun run = new ChaosRun(options, line -> System.out.println(line), Duration.ofSeconds(5))) {
            List<ScenarioResult> results = run.play(List.of("worker-kill", "native-crash", "gateway-kill"));
            for (ScenarioResult result : results) {
                assertTrue(result.isGood(), () -> ChaosTable.text(List.of(result)) + result.violations());
                assertEquals(1, result.faults());
                assertTrue(result.requests() >= 24, result::toString);
            }
        }
    }
}
