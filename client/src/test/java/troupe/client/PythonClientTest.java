package troupe.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the tests of the client in Python where there is a Python 3.9 or later. */
@Timeout(120)
class PythonClientTest {
    private static final String IS_RECENT = "import sys; sys.exit(sys.version_info < (3, 9))";

    @Test
    void shouldPassItsOwnTests() throws Exception {
        assumeTrue(hasPython(), "there is no python3 of version 3.9 or later");
        Process tests = new ProcessBuilder("python3", "-B", "-m", "unittest", "discover", "-s", "clients/python")
                .directory(Path.of(System.getProperty("project.root", "..")).toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(tests.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, tests.waitFor(), output);
    }

    private static boolean hasPython() throws InterruptedException {
        try {
            return new ProcessBuilder("python3", "-c", IS_RECENT).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
