package troupe.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a figure was measured on. */
public final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private Machine() {}

    public static String describe() throws IOException {
        String processor = valueOf("model name");
        String flags = valueOf("flags");
        StringBuilder sets = new StringBuilder();
        for (String set : new String[] {"avx2", "avx512_vnni", "amx_int8"}) {
            if (flags.contains(set)) {
                sets.append(sets.isEmpty() ? " (" : ", ").append(set);
            }
        }
        return (processor.isEmpty() ? System.getProperty("os.arch") : processor) + sets + (sets.isEmpty() ? "" : ")")
                + ", " + Runtime.getRuntime().availableProcessors() + " cores; JDK " + Runtime.version() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }

    public static ProcessorKind kind() throws IOException {
        return ProcessorKind.of(valueOf("vendor_id"), valueOf("flags"));
    }

    /** Of the last processor listed; empty where there is none. */
    private static String valueOf(String key) throws IOException {
        String value = "";
        if (Files.isReadable(CPU_INFO)) {
            for (String line : Files.readAllLines(CPU_INFO)) {
                if (line.startsWith(key)) {
                    value = line.substring(line.indexOf(':') + 1).strip();
                }
            }
        }
        return value;
    }
}
