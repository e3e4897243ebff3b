package troupe.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The peer: llama.cpp's own benchmark programs, one run per reading. */
final class LlamaCpp {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;

    /** @param folder that has llama-bench and llama-batched-bench */
    LlamaCpp(Path folder) {
        this.folder = folder;
    }

    /** Looks in a given folder, else on the PATH. */
    static Optional<LlamaCpp> find(Optional<Path> given) {
        List<Path> candidates = new ArrayList<>();
        given.ifPresent(candidates::add);
        for (String entry : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            candidates.add(Path.of(entry));
        }
        return candidates.stream()
                .filter(candidate -> Files.isExecutable(candidate.resolve("llama-bench"))
                        && Files.isExecutable(candidate.resolve("llama-batched-bench")))
                .findFirst()
                .map(LlamaCpp::new);
    }

    /** One reading, tokens per second. */
    double measure(Path model, int threads, Workload workload) throws IOException, InterruptedException {
        return workload.streams() == 1 ? single(model, threads, workload) : parallel(model, threads, workload);
    }

    private double single(Path model, int threads, Workload workload) throws IOException, InterruptedException {
        boolean prefill = workload.figure() == Workload.Figure.PREFILL;
        JsonNode result = JSON.readTree(run(
                "llama-bench",
                "-m",
                model.toString(),
                "-t",
                Integer.toString(threads),
                "-r",
                "1",
                "-o",
                "json",
                "-p",
                Integer.toString(prefill ? workload.promptTokens() : 0),
                "-n",
                Integer.toString(prefill ? 0 : workload.generatedTokens())));
        return result.get(0).get("avg_ts").doubleValue();
    }

    private double parallel(Path model, int threads, Workload workload) throws IOException, InterruptedException {
        int context = workload.streams() * (workload.promptTokens() + workload.generatedTokens()) + 64;
        String output = run(
                "llama-batched-bench",
                "-m",
                model.toString(),
                "-t",
                Integer.toString(threads),
                "-c",
                Integer.toString(context),
                "-npp",
                Integer.toString(workload.promptTokens()),
                "-ntg",
                Integer.toString(workload.generatedTokens()),
                "-npl",
                Integer.toString(workload.streams()),
                "--output-format",
                "jsonl");
        String line = output.lines()
                .filter(l -> l.startsWith("{"))
                .reduce((a, b) -> b)
                .orElseThrow();
        return JSON.readTree(line).get("speed_tg").doubleValue();
    }

    private String run(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(folder.resolve(program).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output;
        try (InputStream in = process.getInputStream()) {
            output = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with status " + status);
        }
        return output;
    }
}
