package troupe.bench.peer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the programs of llama.cpp and of its forks have in common: their names, most of their arguments, llama-bench's output. */
final class LlamaPrograms {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final int threads;
    private final Path log;

    /**
     * @param folder that has the programs
     * @param threads that compute
     * @param log gets their standard error
     */
    LlamaPrograms(Path folder, int threads, Path log) {
        this.folder = folder;
        this.threads = threads;
        this.log = log;
    }

    /** The rate that llama-bench reads in one repetition of a test, tokens per second. */
    double bench(Path model, List<String> settings, String... test) throws IOException, InterruptedException {
        List<String> command = command("llama-bench", model, settings);
        command.addAll(List.of("-r", "1", "-o", "json"));
        command.addAll(List.of(test));
        return benchRate(run(command));
    }

    /** A command of llama-batched-bench for streams with prompts of their own. */
    List<String> batchedBench(Path model, List<String> settings, int streams, int promptTokens, int tokens) {
        List<String> command = command("llama-batched-bench", model, settings);
        command.addAll(List.of(
                "-c",
                Integer.toString(streams * (promptTokens + tokens) + 64),
                "-npp",
                Integer.toString(promptTokens),
                "-ntg",
                Integer.toString(tokens),
                "-npl",
                Integer.toString(streams)));
        return command;
    }

    /** A command of llama-server as {@link Peer#serverCommand} wants it, but for what keeps it from caching prompts. */
    List<String> server(Path model, List<String> settings, int port, int slots, int slotTokens) {
        List<String> command = command("llama-server", model, settings);
        command.addAll(List.of(
                "--host",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "-np",
                Integer.toString(slots),
                "-c",
                Integer.toString(slots * slotTokens),
                "--cont-batching",
                "--cache-ram",
                "0"));
        return command;
    }

    private List<String> command(String program, Path model, List<String> settings) {
        List<String> command =
                new ArrayList<>(List.of(program(program), "-m", model.toString(), "-t", Integer.toString(threads)));
        command.addAll(settings);
        return command;
    }

    String program(String name) {
        return folder.resolve(name).toString();
    }

    String run(List<String> command) throws IOException, InterruptedException {
        return Programs.run(command, log);
    }

    /** The tokens per second in the JSON of llama-bench with one test of one repetition. */
    static double benchRate(String json) throws IOException {
        JsonNode results = parsed("llama-bench", json);
        if (results.size() != 1) {
            throw new IOException("llama-bench printed " + results.size() + " results, 1 was expected");
        }
        return rate("llama-bench", results.get(0).path("avg_ts"));
    }

    static JsonNode parsed(String program, String json) throws IOException {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IOException(program + " printed no JSON: " + e.getOriginalMessage(), e);
        }
    }

    static double rate(String program, JsonNode value) throws IOException {
        if (!value.isNumber() || !(value.doubleValue() > 0)) {
            throw new IOException(program + " printed \"" + value + "\" where tokens per second were expected");
        }
        return value.doubleValue();
    }
}
