package troupe.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void shouldUnpackEachContentUnderANameOfItsOwn() throws IOException {
        Path privateFolder = folder.resolve("cache");
        byte[] one = {1, 2, 3};
        byte[] two = {1, 2, 4};
        Path first = NativeLibrary.unpack(one, privateFolder);
        assertArrayEquals(one, Files.readAllBytes(first));
        assertEquals(first, NativeLibrary.unpack(one, privateFolder));
        assertNotEquals(first, NativeLibrary.unpack(two, privateFolder));
        try (var files = Files.list(privateFolder)) {
            assertEquals(2, files.count(), "nothing but the libraries is left");
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(privateFolder)));
    }

    @Test
    void shouldReplaceAFileThatDoesNotHoldItsContent() throws IOException {
        Path privateFolder = folder.resolve("cache");
        byte[] content = {1, 2, 3};
        Path library = NativeLibrary.unpack(content, privateFolder);
        Files.write(library, new byte[] {9});
        assertArrayEquals(content, Files.readAllBytes(NativeLibrary.unpack(content, privateFolder)));
    }

    @Test
    void shouldRefuseAFolderThatOthersMayWriteTo() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        IOException e = assertThrows(IOException.class, () -> NativeLibrary.unpack(new byte[] {1}, open));
        assertTrue(String.valueOf(e.getMessage()).contains("rwxrwxrwx"), e.toString());
    }

    @Test
    void shouldGiveTheReasonWhenTheLibraryIsNotOurs() {
        KernelCandidate foreign = NativeCandidates.of(new NativeLibrary.Loading.Loaded(name -> Optional.empty()))
                .getFirst();
        assertTrue(foreign.missing().orElse("").contains("troupe_kernels_version"), foreign.toString());
    }

    @Test
    void shouldGiveTheReasonWhenTheConfiguredLibraryDoesNotLoad() {
        Path missing = folder.resolve("missing.so");
        NativeLibrary.Loading loading = NativeLibrary.load(Optional.of(missing), folder);
        String reason =
                assertInstanceOf(NativeLibrary.Loading.Missing.class, loading).reason();
        assertTrue(reason.contains("could not be loaded") && reason.contains("missing.so"), reason);
        List<KernelCandidate> candidates = NativeCandidates.of(loading);
        assertEquals(Optional.of(reason), candidates.getFirst().missing());
    }
}
