package troupe.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectionLogTest {
    @Test
    void shouldReadTheLengthsOfPausesAndNothingElse(@TempDir Path folder) throws IOException {
        Path log = Files.writeString(folder.resolve("gc.log"), """
                [0.006s] Using Serial
                [2.345s] GC(0) Pause Young (Allocation Failure) 33M->9M(120M) 7.251ms
                [3.100s] GC(1) Concurrent Mark 12.5ms
                [9.870s] GC(2) Pause Full (Metadata GC Threshold) 40M->21M(120M) 48.002ms
                [9.9
                """);
        assertEquals(List.of(7.251, 48.002), CollectionLog.pauses(log));
    }
}
