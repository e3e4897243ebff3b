package troupe.bench.failures;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import troupe.client.ClientSettings;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.ChaosLoad;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;

/** One key's requests, one after the other: how soon their first tokens come alone, and beside another key's flood. */
final class FloodTrial {
    /** More than the batches of all workers hold with what waits at them. */
    static final int FLOOD = 300;

    static final int FLOOD_TOKENS = 32;

    private static final int TOKENS = 8;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** Times to the first token, ms, and how long the flood's own requests took from begin to end. */
    record Result(List<Double> alone, List<Double> beside, List<Double> flood) {
        Result {
            alone = alone.stream().sorted().toList();
            beside = beside.stream().sorted().toList();
            flood = flood.stream().sorted().toList();
        }
    }

    private final FailureOptions options;
    private final URI gateway;
    private final Consumer<String> say;

    FloodTrial(FailureOptions options, URI gateway, Consumer<String> say) {
        this.options = options;
        this.gateway = gateway;
        this.say = say;
    }

    Result run() throws IOException, InterruptedException {
        Prompts prompts = new Prompts(options.modelName());
        int requests = 4 * options.readings();
        try (Asker quiet = asker(gateway, Keys.QUIET);
                Asker busy = asker(gateway, Keys.BUSY)) {
            firstTokens(quiet, prompts, requests); // compiles what is hot
            List<Double> alone = firstTokens(quiet, prompts, requests);
            List<Question> flood = prompts.whole(FLOOD, FaultTrial.LEAST_PROMPT, FaultTrial.MOST_PROMPT, FLOOD_TOKENS);
            List<Double> beside;
            List<Outcome> flooded;
            try (ChaosLoad load = ChaosLoad.start(busy, flood, FLOOD, 1, Prompts.SEED)) {
                load.awaitMore(FLOOD / 2, LIMIT);
                beside = firstTokens(quiet, prompts, requests);
                flooded = load.finish(LIMIT);
            }
            for (Outcome outcome : flooded) {
                if (outcome.failure() != null) {
                    throw new IOException("a request of the flood failed", outcome.failure());
                }
            }
            Result result = new Result(
                    alone,
                    beside,
                    flooded.stream()
                            .map(outcome -> (outcome.endNanos() - outcome.beginNanos()) / 1e6)
                            .toList());
            say.accept(String.format(
                    Locale.ROOT,
                    "first token of the quiet key: alone p50 %.0f ms, beside the flood %.0f ms; the flood's own requests"
                            + " took p50 %.0f ms",
                    Percentiles.of(result.alone(), 50),
                    Percentiles.of(result.beside(), 50),
                    Percentiles.of(result.flood(), 50)));
            return result;
        }
    }

    /** A client that has a key. */
    static Asker asker(URI gateway, String key) {
        return new Asker(ClientSettings.of(List.of(gateway)).withApiKey(key).withDeadline(LIMIT));
    }

    /** Each prompt is a new one, so none is in a cache. */
    private static List<Double> firstTokens(Asker asker, Prompts prompts, int requests) throws IOException {
        List<Double> millis = new ArrayList<>();
        for (Question question : prompts.streams(requests, FaultTrial.LEAST_PROMPT, FaultTrial.MOST_PROMPT, TOKENS)) {
            Outcome outcome = asker.ask(question);
            if (outcome.failure() != null) {
                throw new IOException("a request of the quiet key failed", outcome.failure());
            }
            millis.add((outcome.eventNanos().getFirst() - outcome.beginNanos()) / 1e6);
        }
        return millis;
    }
}
