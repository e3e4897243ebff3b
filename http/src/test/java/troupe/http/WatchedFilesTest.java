package troupe.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import troupe.conf.SettingsException;

class WatchedFilesTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadAgainWhatHasChangedAndNothingElse() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "one");
        FileTime time = Files.getLastModifiedTime(file);
        AtomicInteger reads = new AtomicInteger();
        WatchedFiles watched = new WatchedFiles("files", List.of(file), reads::incrementAndGet);
        watched.run();
        assertEquals(0, reads.get());
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, time);
        watched.run();
        watched.run();
        assertEquals(1, reads.get());
    }

    @Test
    void shouldSayOnceThatAFileIsBrokenAndReadItWhenItIsWell() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "one");
        AtomicInteger reads = new AtomicInteger();
        WatchedFiles watched = new WatchedFiles("files", List.of(file), () -> {
            reads.incrementAndGet();
            throw new SettingsException("broken");
        });
        Files.delete(file);
        try (LogRecorder log = new LogRecorder(WatchedFiles.class.getName(), Level.WARN)) {
            watched.run();
            watched.run();
            assertEquals(1, log.rest().size());
        }
        Files.writeString(file, "one");
        watched.run();
        assertEquals(2, reads.get());
    }
}
