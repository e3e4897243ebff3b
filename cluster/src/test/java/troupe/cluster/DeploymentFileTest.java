package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.actors.ModelId;

class DeploymentFileTest {
    @TempDir
    Path folder;

    private static final List<Deployment> DEPLOYMENTS = List.of(new Deployment(
            new ModelId("m", "sha", "t"), "m.gguf", 7, 2, false, 9, true, new Deployment.Version(3, "a:1")));

    @Test
    void shouldReadWhatWasWrittenLast() throws IOException {
        DeploymentFile file = new DeploymentFile(folder.resolve("not/there/yet"));
        assertEquals(List.of(), file.read());
        file.write(List.of());
        file.write(DEPLOYMENTS);
        assertEquals(DEPLOYMENTS, new DeploymentFile(folder.resolve("not/there/yet")).read());
        try (var files = Files.list(folder.resolve("not/there/yet"))) {
            assertEquals(1, files.count(), "nothing temporary is left");
        }
    }

    /** What is on disks today must be read by every later release. */
    @Test
    void shouldReadTheFormThatIsOnDisksToday() throws IOException {
        Files.writeString(folder.resolve("deployments.json"), """
                {"format": 1, "deployments": [
                  {"model": {"name": "m", "sha256": "sha", "tokenizer": "t"}, "source": "m.gguf", "weightBytes": 7,
                   "replicas": 2, "everywhere": false, "kvMemoryBytes": 9, "removed": true,
                   "version": {"number": 3, "origin": "a:1"}}]}""");
        assertEquals(DEPLOYMENTS, new DeploymentFile(folder).read());
    }

    @Test
    void shouldRefuseALaterFormatAndNamingBoth() throws IOException {
        Files.writeString(folder.resolve("deployments.json"), "{\"format\": 2, \"deployments\": []}");
        IOException e = assertThrows(IOException.class, () -> new DeploymentFile(folder).read());
        assertEquals(folder.resolve("deployments.json") + " has format 2, this release reads 1", e.getMessage());
    }
}
