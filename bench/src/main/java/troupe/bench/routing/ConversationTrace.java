package troupe.bench.routing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import troupe.cluster.simulation.SyntheticTokens;
import troupe.cluster.simulation.TokenRuns;
import troupe.cluster.simulation.Turn;
import troupe.cluster.simulation.Workload;

/**
 * Requests of a recorded trace, in the format of Mooncake's: a JSON object a line with {@code timestamp} (milliseconds),
 * {@code input_length} and {@code output_length} (tokens) and {@code hash_ids}, one for each {@value #BLOCK} tokens of the
 * prompt; prompts that begin with the same ids begin with the same tokens. Every request is a session of its own.
 *
 * <p>Recorded times are rounded to seconds: requests of one timestamp are spread evenly until the next.
 */
final class ConversationTrace implements Workload {
    /** Tokens of the prompt that one id stands for. */
    static final int BLOCK = 512;

    private static final ObjectMapper JSON = new ObjectMapper();

    private record Request(double startSeconds, TokenRuns prompt, int outputTokens) {}

    private record Line(long millis, TokenRuns prompt, int outputTokens) {}

    private final List<Request> requests;

    private ConversationTrace(List<Request> requests) {
        this.requests = requests;
    }

    /**
     * Reads a trace.
     *
     * @param scale lengths are divided by this, rounded up; a divisor of {@value #BLOCK}
     * @param context prompt and output are cut to this many tokens together
     * @param limit requests at most
     * @throws IOException if the file cannot be read or a line of it is not as described
     */
    static ConversationTrace read(Path file, int scale, int context, int limit) throws IOException {
        if (scale < 1 || BLOCK % scale != 0) {
            throw new IOException("the scale is " + scale + ", must be a divisor of " + BLOCK);
        }
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String text = reader.readLine(); text != null && lines.size() < limit; text = reader.readLine()) {
                lines.add(line(file, lines.size() + 1, text, scale, context));
            }
        }
        if (lines.isEmpty()) {
            throw new IOException(file + " has no requests");
        }
        double[] starts = starts(lines);
        List<Request> requests = new ArrayList<>(lines.size());
        for (int i = 0; i < starts.length; i++) {
            Line line = lines.get(i);
            requests.add(new Request(starts[i], line.prompt(), line.outputTokens()));
        }
        return new ConversationTrace(requests);
    }

    private static Line line(Path file, int number, String text, int scale, int context) throws IOException {
        JsonNode node = JSON.readTree(text);
        long input = field(file, number, node, "input_length", 1);
        JsonNode ids = node.path("hash_ids");
        if (!ids.isArray() || ids.size() != Math.ceilDiv(input, BLOCK)) {
            throw new IOException(file + ", line " + number + ": hash_ids has " + ids.size() + " ids, input_length "
                    + input + " takes " + Math.ceilDiv(input, BLOCK));
        }
        long[] names = new long[ids.size()];
        for (int i = 0; i < names.length; i++) {
            names[i] = ids.get(i).asLong();
        }
        int prompt = (int) Math.min(Math.ceilDiv(input, scale), context - 1);
        int output = (int) Math.ceilDiv(field(file, number, node, "output_length", 0), scale);
        return new Line(
                field(file, number, node, "timestamp", 0),
                TokenRuns.of(names, BLOCK / scale, prompt),
                Math.clamp(output, 1, context - prompt));
    }

    private static long field(Path file, int number, JsonNode node, String name, int least) throws IOException {
        JsonNode value = node.path(name);
        if (!value.isIntegralNumber() || value.asLong() < least || value.asLong() > Integer.MAX_VALUE) {
            throw new IOException(file + ", line " + number + ": " + name + " is " + value
                    + ", must be a whole number of at least " + least);
        }
        return value.asLong();
    }

    private static double[] starts(List<Line> lines) throws IOException {
        double[] starts = new double[lines.size()];
        for (int from = 0; from < starts.length; ) {
            long millis = lines.get(from).millis();
            int to = from;
            while (to < starts.length && lines.get(to).millis() == millis) {
                to++;
            }
            // The last ones take the distance to those before them.
            long gap = to < starts.length
                    ? lines.get(to).millis() - millis
                    : from > 0 ? millis - lines.get(from - 1).millis() : 0;
            if (gap < 0) {
                throw new IOException("the trace's timestamps go back after " + millis);
            }
            for (int i = from; i < to; i++) {
                starts[i] = (millis + (double) gap * (i - from) / (to - from)) / 1000;
            }
            from = to;
        }
        return starts;
    }

    @Override
    public String title() {
        return "conversation trace";
    }

    @Override
    public int size() {
        return requests.size();
    }

    @Override
    public double startSeconds(int session) {
        return requests.get(session).startSeconds();
    }

    @Override
    public List<Turn> turns(int session) {
        Request request = requests.get(session);
        // Answers share nothing with prompts: the trace does not tell what was answered.
        long answer = SyntheticTokens.inCopy(session, -1);
        return List.of(new Turn(0, request.prompt(), request.outputTokens(), answer));
    }
}
