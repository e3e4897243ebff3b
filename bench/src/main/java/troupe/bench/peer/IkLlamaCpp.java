package troupe.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * ik_llama.cpp, a fork of llama.cpp with quantized products of its own for processors: weights repacked while they are
 * loaded, flash attention on for one sequence. For several it is off: version 0.1.5 of the package dies there of a failed
 * assertion (S > 0).
 */
public final class IkLlamaCpp implements Peer {
    static final List<String> PROGRAMS = List.of("llama-bench", "llama-batched-bench", "llama-server");

    /** Of the table of llama-batched-bench; the eighth of ten cells is the decoding rate. */
    private static final Pattern LINE = Pattern.compile("(?m)^\\|(?:[^|\n]*\\|){7} *([^| \n]+) *(?:\\|[^|\n]*){2}\\|$");

    private static final List<String> SEVERAL_SEQUENCES = List.of("-fa", "off", "-rtr");

    private final LlamaPrograms programs;
    private final Path log;

    /**
     * @param folder that has the programs
     * @param threads that compute
     * @param work folder for logs, exists
     */
    public IkLlamaCpp(Path folder, int threads, Path work) {
        this.log = work.resolve("ik_llama.cpp.log");
        this.programs = new LlamaPrograms(folder, threads, log);
    }

    /** The first of some folders that has all programs. The PATH is not searched: its programs may be llama.cpp's. */
    public static Optional<Path> find(List<Path> candidates) {
        return Programs.folderOf(PROGRAMS, candidates);
    }

    @Override
    public String name() {
        return "ik_llama.cpp";
    }

    @Override
    public boolean isReference() {
        return false;
    }

    @Override
    public double prefill(Path model, int tokens) throws IOException, InterruptedException {
        return single(model, "-p", Integer.toString(tokens), "-n", "0");
    }

    @Override
    public double decode(Path model, int depth, int tokens) throws IOException, InterruptedException {
        return depth == 0
                ? single(model, "-p", "0", "-n", Integer.toString(tokens))
                : single(model, "-p", "0", "-n", "0", "-gp", depth + "," + tokens);
    }

    private double single(Path model, String... test) throws IOException, InterruptedException {
        return programs.bench(model, List.of("-fa", "1", "-rtr", "1"), test);
    }

    @Override
    public double parallelDecode(Path model, int streams, int promptTokens, int tokens)
            throws IOException, InterruptedException {
        programs.run(programs.batchedBench(model, SEVERAL_SEQUENCES, streams, promptTokens, tokens));
        return batchedRate(Files.readString(log)); // it prints its table to standard error
    }

    @Override
    public List<String> serverCommand(Path model, int port, int slots, int slotTokens) {
        List<String> command = programs.server(model, SEVERAL_SEQUENCES, port, slots, slotTokens);
        // With a log it would leave a file where it is started.
        command.addAll(List.of("--webui", "none", "--log-disable"));
        return command;
    }

    /** The decoding rate, S_TG, in the last line of the table of llama-batched-bench. */
    static double batchedRate(String output) throws IOException {
        String rate = LINE.matcher(output)
                .results()
                .map(line -> line.group(1))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new IOException("llama-batched-bench printed no table: " + output.strip()));
        try {
            double tokensPerSecond = Double.parseDouble(rate);
            if (tokensPerSecond > 0) {
                return tokensPerSecond;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IOException("llama-batched-bench printed \"" + rate + "\" where tokens per second were expected");
    }
}
