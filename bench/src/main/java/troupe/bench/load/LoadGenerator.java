package troupe.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/** Runs closed loops of streaming clients. */
public final class LoadGenerator {
    private static final long MOST_MICROS = 600_000_000;
    private static final int DIGITS = 3;

    private LoadGenerator() {}

    /**
     * Runs a plan to its end.
     *
     * @param random of the prompts
     * @throws IOException if any request failed or got another number of tokens than it asked for
     */
    public static LoadReport run(CompletionClient client, LoadPlan plan, Random random)
            throws IOException, InterruptedException {
        List<Future<List<StreamTimes>>> clients = new ArrayList<>();
        List<StreamTimes> streams = new ArrayList<>();
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(plan.clients())) {
            for (int i = 0; i < plan.clients(); i++) {
                Random own = new Random(random.nextLong());
                clients.add(threads.submit(() -> loop(client, plan, own)));
            }
            for (Future<List<StreamTimes>> each : clients) {
                streams.addAll(result(each));
            }
        }
        return report(streams, begin, System.nanoTime());
    }

    private static List<StreamTimes> loop(CompletionClient client, LoadPlan plan, Random random)
            throws IOException, InterruptedException {
        List<StreamTimes> streams = new ArrayList<>();
        for (int i = 0; i < plan.requests(); i++) {
            int[] prompt = random.ints(plan.promptTokens(), LoadPlan.FIRST_ID, plan.vocabulary())
                    .toArray();
            StreamTimes stream = client.stream(prompt, plan.outputTokens());
            if (stream.completionTokens() != plan.outputTokens()) {
                throw new IOException("an answer has " + stream.completionTokens() + " tokens, " + plan.outputTokens()
                        + " were asked for");
            }
            streams.add(stream);
        }
        return streams;
    }

    private static List<StreamTimes> result(Future<List<StreamTimes>> client) throws IOException, InterruptedException {
        try {
            return client.get();
        } catch (ExecutionException e) {
            throw new IOException("a client failed: " + e.getCause(), e);
        }
    }

    /** @param begin and end of the whole run, nanoseconds */
    static LoadReport report(List<StreamTimes> streams, long begin, long end) {
        Histogram first = new Histogram(MOST_MICROS, DIGITS);
        Histogram gaps = new Histogram(MOST_MICROS, DIGITS);
        long tokens = 0;
        for (StreamTimes stream : streams) {
            List<Long> times = stream.textNanos();
            tokens += stream.completionTokens();
            first.recordValue(micros(stream.sentNanos(), times.getFirst()));
            for (int i = 1; i < times.size(); i++) {
                gaps.recordValue(micros(times.get(i - 1), times.get(i)));
            }
        }
        return new LoadReport(tokens * 1e9 / (end - begin), millis(first, 50), millis(gaps, 50), millis(gaps, 99));
    }

    private static long micros(long fromNanos, long toNanos) {
        return Math.min(MOST_MICROS, (toNanos - fromNanos) / 1000);
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getValueAtPercentile(percentile) / 1000.0;
    }
}
