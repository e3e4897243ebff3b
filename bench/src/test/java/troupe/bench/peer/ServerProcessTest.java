package troupe.bench.peer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
    @Test
    void shouldSayTheEndOfTheLogWhenAServerDoesNotStart(@TempDir Path folder) throws IOException {
        int port = ServerProcess.freePort();
        List<String> command = List.of("sh", "-c", "echo cannot load the model; exit 4");
        IOException failure =
                assertThrows(IOException.class, () -> ServerProcess.start(command, port, folder.resolve("server.log")));
        assertTrue(
                String.valueOf(failure.getMessage()).contains("status 4: cannot load the model"), failure.getMessage());
    }
}
