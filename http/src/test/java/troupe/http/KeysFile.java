package troupe.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import troupe.conf.ApiKey;

/** Files of keys for tests. */
final class KeysFile {
    private KeysFile() {}

    static Path write(Path file, String... entries) throws IOException {
        return Files.writeString(file, "keys = [\n" + String.join("\n", entries) + "\n]\n");
    }

    /** {@code more}: further fields. */
    static String entry(String name, String key, String more) {
        return "{ name = " + name + ", sha256 = \"" + ApiKey.Hash.of(key) + "\", " + more + " }";
    }
}
