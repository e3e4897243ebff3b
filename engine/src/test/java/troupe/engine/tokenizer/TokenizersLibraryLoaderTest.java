package troupe.engine.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizersLibraryLoaderTest {
    @TempDir
    Path folder;

    @Test
    void shouldUnpackOnceAndLeaveNothingElse() throws IOException {
        Path library = TokenizersLibraryLoader.unpack(folder);
        assertTrue(library.startsWith(folder));
        FileTime written = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(library, written);
        assertEquals(library, TokenizersLibraryLoader.unpack(folder));
        assertEquals(written, Files.getLastModifiedTime(library), "unpacked again");
        try (Stream<Path> siblings = Files.list(library.resolveSibling(""))) {
            assertEquals(1, siblings.count());
        }
    }

    @Test
    void shouldReplaceATruncatedLibrary() throws IOException {
        Path library = TokenizersLibraryLoader.unpack(folder);
        long size = Files.size(library);
        Files.write(library, new byte[10]);
        assertEquals(size, Files.size(TokenizersLibraryLoader.unpack(folder)));
    }

    @Test
    void shouldUnpackElsewhereWhereTheCacheCannotBeWritten() throws IOException {
        Path notAFolder = Files.createFile(folder.resolve("file"));
        Path library = TokenizersLibraryLoader.unpack(notAFolder);
        assertTrue(Files.isRegularFile(library));
        assertFalse(library.startsWith(folder));
        Files.delete(library);
        Files.delete(library.resolveSibling(""));
    }
}
