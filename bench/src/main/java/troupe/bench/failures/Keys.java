package troupe.bench.failures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import troupe.conf.ApiKey;

/** The API keys of the measured cluster. */
final class Keys {
    /** Of whoever floods, or asks for all at once. */
    static final String BUSY = "busy-busy-busy-busy";

    /** Of whoever asks for one thing at a time. */
    static final String QUIET = "quiet-quiet-quiet-quiet";

    /** May have few requests open. */
    static final String LIMITED = "limited-limited-limited";

    static final int LIMIT = 4;

    private Keys() {}

    static void write(Path file) throws IOException {
        Files.writeString(
                file,
                "keys = [\n" + entry("busy", BUSY, "") + entry("quiet", QUIET, "")
                        + entry("limited", LIMITED, ", max-open-requests = " + LIMIT) + "]\n");
    }

    private static String entry(String name, String key, String limits) {
        return "{ name = " + name + ", sha256 = \"" + ApiKey.Hash.of(key) + "\"" + limits + " }\n";
    }
}
