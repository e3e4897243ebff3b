package troupe.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelIdentityTest {
    private static final String SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private static final String OTHER = "0".repeat(64);

    @TempDir
    Path folder;

    private Path cache = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void writeFile() throws IOException {
        cache = folder.resolve("cache");
        file = Files.writeString(folder.resolve("model.gguf"), "abc");
    }

    @Test
    void shouldComputeTheChecksum() throws IOException {
        assertEquals(SHA256_OF_ABC, new ModelIdentity(cache).sha256(file));
    }

    @Test
    void shouldAnswerFromMemoryWhileTheFileIsTheSame() throws IOException {
        ModelIdentity identity = new ModelIdentity(cache);
        identity.remember(file, OTHER);
        assertEquals(OTHER, new ModelIdentity(cache).sha256(file), "not from the sidecar");
    }

    @Test
    void shouldComputeAgainWhenSizeTimeOrPathDiffer() throws IOException {
        ModelIdentity identity = new ModelIdentity(cache);
        identity.remember(file, OTHER);
        Path copy = Files.copy(file, folder.resolve("copy.gguf"));
        assertEquals(SHA256_OF_ABC, identity.sha256(copy));
        Files.setLastModifiedTime(file, FileTime.fromMillis(12_345));
        assertEquals(SHA256_OF_ABC, identity.sha256(file));
        Files.writeString(file, "abcd");
        Files.setLastModifiedTime(file, FileTime.fromMillis(12_345));
        assertNotEquals(SHA256_OF_ABC, identity.sha256(file));
    }

    @Test
    void shouldKeepOneSidecarForAFileThatChanges() throws IOException {
        ModelIdentity identity = new ModelIdentity(cache);
        for (int i = 0; i < 3; i++) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(i));
            assertEquals(SHA256_OF_ABC, identity.sha256(file));
        }
        try (Stream<Path> sidecars = Files.list(cache.resolve("identity"))) {
            assertEquals(1, sidecars.count());
        }
    }

    @Test
    void shouldComputeAgainWhenTheSidecarIsDamaged() throws IOException {
        ModelIdentity identity = new ModelIdentity(cache);
        for (String damage : new String[] {"", "nonsense", "g".repeat(64) + " x", OTHER}) {
            identity.remember(file, OTHER);
            try (Stream<Path> sidecars = Files.list(cache.resolve("identity"))) {
                Files.writeString(sidecars.findFirst().orElseThrow(), damage);
            }
            assertEquals(SHA256_OF_ABC, identity.sha256(file), damage);
        }
    }

    @Test
    void shouldManageWithoutAWritableCache() throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("file"));
        assertEquals(SHA256_OF_ABC, new ModelIdentity(notAFolder).sha256(file));
    }
}
