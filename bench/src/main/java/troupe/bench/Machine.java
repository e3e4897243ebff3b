package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a figure was measured on. */
final class Machine {
    private Machine() {}

    static String describe() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        String processor = System.getProperty("os.arch");
        String flags = "";
        if (Files.isReadable(info)) {
            for (String line : Files.readAllLines(info)) {
                if (line.startsWith("model name")) {
                    processor = line.substring(line.indexOf(':') + 1).strip();
                } else if (line.startsWith("flags")) {
                    flags = line;
                }
            }
        }
        StringBuilder sets = new StringBuilder();
        for (String set : new String[] {"avx2", "avx512_vnni", "amx_int8"}) {
            if (flags.contains(set)) {
                sets.append(sets.isEmpty() ? " (" : ", ").append(set);
            }
        }
        return processor + sets + (sets.isEmpty() ? "" : ")") + ", "
                + Runtime.getRuntime().availableProcessors() + " cores; JDK " + Runtime.version() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }
}
