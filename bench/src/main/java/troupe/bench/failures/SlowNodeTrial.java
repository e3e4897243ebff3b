package troupe.bench.failures;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import troupe.multinode.chaos.Answer;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.ChaosCluster;
import troupe.multinode.chaos.ChaosLoad;
import troupe.multinode.chaos.EngineFaults;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;
import troupe.multinode.chaos.Slot;

/** A worker computes at a fifth of its speed for a while: what it gets of the new requests, and what becomes of them. */
final class SlowNodeTrial {
    static final int CLIENTS = 8;

    private static final int DISTINCT = 40;
    /** So that prompts are seldom cached: a worker with a cached one is asked although it is slow. */
    private static final int ROUNDS = 50;

    private static final int TOKENS = 32;
    private static final double NOTICING_SECONDS = 2;
    private static final Duration LIMIT = Duration.ofMinutes(2);
    /** A worker's line about an attempt that has ended there. */
    private static final Pattern ATTEMPT = Pattern.compile(" attempt id=\"([^\"]+)\"");

    /**
     * A part of the time, and the requests that began in it.
     *
     * @param atSlow those of them that the slow worker had
     * @param medianMillis from begin to end
     */
    record Phase(String title, int requests, int atSlow, double medianMillis) {}

    record Result(List<Phase> phases, int lost, int changed) {}

    private record Span(String title, long fromNanos, long toNanos) {}

    private final FailureOptions options;
    private final ChaosCluster cluster;
    private final Consumer<String> say;

    SlowNodeTrial(FailureOptions options, ChaosCluster cluster, Consumer<String> say) {
        this.options = options;
        this.cluster = cluster;
        this.say = say;
    }

    Result run() throws IOException, InterruptedException {
        List<Question> questions = new Prompts(options.modelName()).streams(DISTINCT, 32, 64, TOKENS);
        Map<String, Answer> expected = new HashMap<>();
        Slot slow = cluster.workers().getFirst();
        try (Asker asker = new Asker(cluster.urls())) {
            for (Outcome outcome : StreamRun.undisturbed(asker, questions)) {
                expected.put(outcome.question().name(), Objects.requireNonNull(outcome.answer()));
            }
            List<Question> asked = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                asked.addAll(Prompts.uncached(questions, "round-" + i));
            }
            List<Span> spans = new ArrayList<>();
            List<Outcome> outcomes;
            try (ChaosLoad load = ChaosLoad.start(asker, asked, CLIENTS, 1, Prompts.SEED)) {
                load.awaitMore(CLIENTS, LIMIT);
                pass(spans, "before", options.seconds());
                slow.process().tell(EngineFaults.SLOW);
                pass(spans, "slow, the first 2 s", NOTICING_SECONDS);
                pass(spans, "slow, then", options.seconds());
                slow.process().tell(EngineFaults.HEAL);
                pass(spans, "fast again, the first 2 s", NOTICING_SECONDS);
                pass(spans, "fast again, then", options.seconds());
                outcomes = load.finish(LIMIT);
            }
            Set<String> atSlow = attempts(slow.process().log());
            List<Phase> phases =
                    spans.stream().map(span -> phase(span, outcomes, atSlow)).toList();
            for (Phase phase : phases) {
                say.accept(String.format(
                        Locale.ROOT,
                        "slow node, %s: %d of %d requests, a request takes p50 %.0f ms",
                        phase.title(),
                        phase.atSlow(),
                        phase.requests(),
                        phase.medianMillis()));
            }
            return new Result(phases, FaultReading.lost(outcomes), FaultReading.changed(outcomes, expected));
        }
    }

    private static void pass(List<Span> spans, String title, double seconds) throws InterruptedException {
        long begin = System.nanoTime();
        Thread.sleep((long) (seconds * 1e3));
        spans.add(new Span(title, begin, System.nanoTime()));
    }

    private static Set<String> attempts(String log) {
        Set<String> ids = new HashSet<>();
        Matcher matcher = ATTEMPT.matcher(log);
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        return ids;
    }

    private static Phase phase(Span span, List<Outcome> outcomes, Set<String> atSlow) {
        List<Outcome> begun = outcomes.stream()
                .filter(outcome -> outcome.beginNanos() >= span.fromNanos() && outcome.beginNanos() < span.toNanos())
                .toList();
        List<Double> millis = begun.stream()
                .map(outcome -> (outcome.endNanos() - outcome.beginNanos()) / 1e6)
                .sorted()
                .toList();
        return new Phase(
                span.title(),
                begun.size(),
                (int) begun.stream()
                        .filter(outcome -> atSlow.contains(outcome.requestId()))
                        .count(),
                Percentiles.of(millis, 50));
    }
}
