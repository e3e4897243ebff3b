package troupe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import troupe.conf.ApiKey;
import troupe.conf.ApiKeys;

/** Keys on the command line. */
class ApiKeyCommandsTest {
    @TempDir
    Path folder;

    /** What a command that fails says. */
    private static String failure(String... arguments) {
        StringWriter err = new StringWriter();
        assertEquals(
                1, Main.commandLine().setErr(new PrintWriter(err, true)).execute(arguments), () -> String.valueOf(err));
        return err.toString().strip();
    }

    private static List<String> output(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, Main.commandLine().execute(arguments));
        } finally {
            System.setOut(before);
        }
        return out.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "serve --host 0.0.0.0",
                "serve --host 0.0.0.0 --workers 1",
                "node --host 0.0.0.0 --role gateway",
                "node --host 0.0.0.0"
            })
    void shouldNotStartForEveryoneOnTheNetwork(String command) {
        assertEquals(
                "troupe: troupe.http.host is '0.0.0.0', which other machines can reach, and everyone would be answered:"
                        + " give a key (TROUPE_API_KEY in the environment, or --api-key), or a file of keys"
                        + " (troupe.http.keys-file; `./troupe key` makes entries), or say --allow-unauthenticated"
                        + " (troupe.http.allow-unauthenticated = true); on a loopback address none of them is needed",
                failure(command.split(" ", -1)));
    }

    @Test
    void shouldNotStartWithAKeyThatCanBeGuessed() {
        String message = failure("serve", "--api-key", "swordfish");
        assertTrue(message.startsWith("troupe: troupe.http.api-key has 9 characters, at least 16"), message);
    }

    @Test
    void shouldNotStartWithABrokenFileOfKeysOrCertificates() throws IOException {
        Path keys = Files.writeString(folder.resolve("keys.conf"), "keys = [\n{ name = a }\n]");
        Path config = Files.writeString(folder.resolve("a.conf"), "troupe.http.keys-file = \"" + keys + "\"");
        assertEquals(
                "troupe: " + keys + ", line 2, key 1: sha256 is missing",
                failure("serve", "--config", config.toString()));
        Files.writeString(config, "troupe.http.tls { certificate = \"" + keys + "\", key = \"" + keys + "\" }");
        assertEquals(
                "troupe: troupe.http.tls.certificate is '" + keys + "', which is not a certificate in PEM",
                failure("serve", "--config", config.toString()));
    }

    @Test
    void shouldMakeAnotherKeyEachTimeAndItsEntry() throws IOException {
        List<String> lines = output("key", "--name", "team-a");
        assertEquals(2, lines.size());
        String key = lines.getFirst().replace("key    ", "");
        assertTrue(key.matches("troupe-[A-Za-z0-9_-]{43}"), key);
        Path file =
                Files.writeString(folder.resolve("keys.conf"), lines.getLast().replace("entry  ", "") + "\n");
        ApiKey entry = ApiKeys.read(file).getFirst();
        assertEquals("team-a", entry.name());
        assertEquals(ApiKey.Hash.of(key), entry.hash());
        assertNotEquals(key, output("key").getFirst().replace("key    ", ""));
    }

    @Test
    void shouldRefuseANameThatIsNoLabel() {
        String message = failure("key", "--name", "team a");
        assertTrue(message.startsWith("troupe: --name is 'team a', allowed are 1 to 64 letters"), message);
    }
}
