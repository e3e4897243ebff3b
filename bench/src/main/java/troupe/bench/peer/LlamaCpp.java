package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** llama.cpp; batches of 2,048 in parts of 512, as by default. */
public final class LlamaCpp implements Peer {
    static final List<String> PROGRAMS =
            List.of("llama-bench", "llama-batched-bench", "llama-server", "llama-quantize");

    private final LlamaPrograms programs;
    private final boolean flashAttention;
    private final int threads;

    /**
     * @param folder that has the programs
     * @param threads that compute
     * @param work folder for logs, exists
     */
    public LlamaCpp(Path folder, boolean flashAttention, int threads, Path work) {
        this.programs = new LlamaPrograms(folder, threads, work.resolve("llama.cpp.log"));
        this.flashAttention = flashAttention;
        this.threads = threads;
    }

    /** The first of some folders, then of those on the PATH, that has all programs. */
    public static Optional<Path> find(List<Path> candidates) {
        List<Path> folders = new ArrayList<>(candidates);
        folders.addAll(Programs.path());
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
        return programs.bench(model, List.of("-fa", flashAttention ? "1" : "0"), test);
    }

    @Override
    public double parallelDecode(Path model, int streams, int promptTokens, int tokens)
            throws IOException, InterruptedException {
        List<String> command = programs.batchedBench(model, List.of("-fa", onOrOff()), streams, promptTokens, tokens);
        command.addAll(List.of("--output-format", "jsonl"));
        String output = programs.run(command);
        // Seen on a busy machine: it ended well without its result.
        return batchedRate(output.contains("{") ? output : programs.run(command));
    }

    /** Writes {@code target} as {@code source} in another quantization, such as {@code Q4_K_M}. */
    public void quantize(Path source, Path target, String type) throws IOException, InterruptedException {
        programs.run(List.of(
                programs.program("llama-quantize"),
                "--allow-requantize",
                source.toString(),
                target.toString(),
                type,
                Integer.toString(threads)));
    }

    @Override
    public List<String> serverCommand(Path model, int port, int slots, int slotTokens) {
        List<String> command = programs.server(model, List.of("-fa", onOrOff()), port, slots, slotTokens);
        command.addAll(List.of("--no-cache-prompt", "--no-webui"));
        return command;
    }

    /** The decoding rate in the last line of JSON of llama-batched-bench. */
    static double batchedRate(String output) throws IOException {
        String line = output.lines()
                .filter(each -> each.startsWith("{"))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new IOException("llama-batched-bench printed no line of JSON: " + output.strip()));
        return LlamaPrograms.rate(
                "llama-batched-bench",
                LlamaPrograms.parsed("llama-batched-bench", line).path("speed_tg"));
    }

    private String onOrOff() {
        return flashAttention ? "on" : "off";
    }
}
