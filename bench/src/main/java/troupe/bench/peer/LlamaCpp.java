package troupe.bench.peer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** llama.cpp; batches of 2,048 in parts of 512, as by default. */
public final class LlamaCpp implements Peer {
    private static final ObjectMapper JSON = new ObjectMapper();
    static final List<String> PROGRAMS =
            List.of("llama-bench", "llama-batched-bench", "llama-server", "llama-quantize");

    private final Path folder;
    private final boolean flashAttention;
    private final int threads;
    private final Path log;

    /**
     * @param folder that has the programs
     * @param threads that compute
     * @param work folder for logs, exists
     */
    public LlamaCpp(Path folder, boolean flashAttention, int threads, Path work) {
        this.folder = folder;
        this.flashAttention = flashAttention;
        this.threads = threads;
        this.log = work.resolve("llama.cpp.log");
    }

    /** The first of some folders, then of those on the PATH, that has all programs. */
    public static Optional<Path> find(List<Path> candidates) {
        List<Path> folders = new ArrayList<>(candidates);
        for (String entry : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            folders.add(Path.of(entry));
        }
        return Programs.folderOf(PROGRAMS, folders);
    }

    @Override
    public String name() {
        return "llama.cpp, flash attention " + onOrOff();
    }

    @Override
    public boolean isReference() {
        return true;
    }

    @Override
    public double prefill(Path model, int tokens) throws IOException, InterruptedException {
        return single(model, "-p", Integer.toString(tokens), "-n", "0");
    }

    @Override
    public double decode(Path model, int depth, int tokens) throws IOException, InterruptedException {
        return single(model, "-p", "0", "-n", Integer.toString(tokens), "-d", Integer.toString(depth));
    }

    private double single(Path model, String... test) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program("llama-bench"),
                "-m",
                model.toString(),
                "-t",
                Integer.toString(threads),
                "-fa",
                flashAttention ? "1" : "0",
                "-r",
                "1",
                "-o",
                "json"));
        command.addAll(List.of(test));
        return benchRate(Programs.run(command, log));
    }

    @Override
    public double parallelDecode(Path model, int streams, int promptTokens, int tokens)
            throws IOException, InterruptedException {
        List<String> command = List.of(
                program("llama-batched-bench"),
                "-m",
                model.toString(),
                "-t",
                Integer.toString(threads),
                "-fa",
                onOrOff(),
                "-c",
                Integer.toString(streams * (promptTokens + tokens) + 64),
                "-npp",
                Integer.toString(promptTokens),
                "-ntg",
                Integer.toString(tokens),
                "-npl",
                Integer.toString(streams),
                "--output-format",
                "jsonl");
        String output = Programs.run(command, log);
        // Seen on a busy machine: it ended well without its result.
        return batchedRate(output.contains("{") ? output : Programs.run(command, log));
    }

    /** Writes {@code target} as {@code source} in another quantization, such as {@code Q4_K_M}. */
    public void quantize(Path source, Path target, String type) throws IOException, InterruptedException {
        Programs.run(
                List.of(
                        program("llama-quantize"),
                        "--allow-requantize",
                        source.toString(),
                        target.toString(),
                        type,
                        Integer.toString(threads)),
                log);
    }

    @Override
    public List<String> serverCommand(Path model, int port, int slots, int slotTokens) {
        return List.of(
                program("llama-server"),
                "-m",
                model.toString(),
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "-t",
                Integer.toString(threads),
                "-fa",
                onOrOff(),
                "-np",
                Integer.toString(slots),
                "-c",
                Integer.toString(slots * slotTokens),
                "--cont-batching",
                "--no-cache-prompt",
                "--cache-ram",
                "0",
                "--no-webui");
    }

    /** The tokens per second in the JSON of llama-bench with one test of one repetition. */
    static double benchRate(String json) throws IOException {
        JsonNode results = parsed("llama-bench", json);
        if (results.size() != 1) {
            throw new IOException("llama-bench printed " + results.size() + " results, 1 was expected");
        }
        return rate("llama-bench", results.get(0).path("avg_ts"));
    }

    /** The decoding rate in the last line of JSON of llama-batched-bench. */
    static double batchedRate(String output) throws IOException {
        String line = output.lines()
                .filter(each -> each.startsWith("{"))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new IOException("llama-batched-bench printed no line of JSON: " + output.strip()));
        return rate("llama-batched-bench", parsed("llama-batched-bench", line).path("speed_tg"));
    }

    private static JsonNode parsed(String program, String json) throws IOException {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException(program + " printed no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static double rate(String program, JsonNode value) throws IOException {
        if (!value.isNumber() || !(value.doubleValue() > 0)) {
            throw new IOException(program + " printed \"" + value + "\" where tokens per second were expected");
        }
        return value.doubleValue();
    }

    private String program(String name) {
        return folder.resolve(name).toString();
    }

    private String onOrOff() {
        return flashAttention ? "on" : "off";
    }
}
