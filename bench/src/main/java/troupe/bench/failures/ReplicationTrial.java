package troupe.bench.failures;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.ChaosCluster;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;
import troupe.multinode.chaos.Slot;

/** The same streams without a resume id, with one, and with one at gateways that do not replicate, in turn. */
final class ReplicationTrial {
    /** Less than the streams of the faults have: many readings are worth more than long ones. */
    private static final int TOKENS = 256;

    private static final int OTHERS_WARM_UPS = 6;

    /** How streams are asked for. */
    enum Way {
        PLAIN("plain"),
        RESUMABLE("resumable, replicated"),
        NOT_REPLICATED("resumable, `troupe.sequence.replicate = off`");

        private final String title;

        Way(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }

    /**
     * @param tokensPerSecond of all streams, a reading each
     * @param gatewayMicros processor time of all gateways for a token, a reading each
     */
    record Cost(List<Double> tokensPerSecond, List<Double> gatewayMicros) {}

    private final FailureOptions options;
    private final ChaosCluster replicating;
    private final ChaosCluster other;
    private final Consumer<String> say;
    private final List<Question> questions;
    private int number;

    /** @param other the same, but for the setting */
    ReplicationTrial(FailureOptions options, ChaosCluster replicating, ChaosCluster other, Consumer<String> say) {
        this.options = options;
        this.replicating = replicating;
        this.other = other;
        this.say = say;
        questions = new Prompts(options.modelName())
                .streams(
                        options.streams(),
                        FaultTrial.LEAST_PROMPT,
                        FaultTrial.MOST_PROMPT,
                        Math.min(TOKENS, options.tokens()));
    }

    Map<Way, Cost> run() throws IOException, InterruptedException {
        Map<Way, Cost> costs = new EnumMap<>(Way.class);
        for (Way way : Way.values()) {
            costs.put(way, new Cost(new ArrayList<>(), new ArrayList<>()));
        }
        try (Asker asker = new Asker(replicating.urls());
                Asker otherAsker = new Asker(other.urls())) {
            for (Way way : Way.values()) {
                // Compiles what is hot; the other cluster has done nothing before.
                for (int i = 0; i < (way == Way.NOT_REPLICATED ? OTHERS_WARM_UPS : 1); i++) {
                    read(way, asker, otherAsker, new Cost(new ArrayList<>(), new ArrayList<>()));
                }
            }
            for (int i = 0; i < options.readings(); i++) {
                // Each way is first, second and last as often.
                for (int j = 0; j < Way.values().length; j++) {
                    Way way = Way.values()[(i + j) % Way.values().length];
                    read(way, asker, otherAsker, Objects.requireNonNull(costs.get(way)));
                }
                int reading = i;
                say.accept(String.format(Locale.ROOT, "replication %d/%d:", i + 1, options.readings())
                        + costs.entrySet().stream()
                                .map(cost -> String.format(
                                        Locale.ROOT,
                                        " %s %.0f tokens/s, %.0f us;",
                                        cost.getKey(),
                                        cost.getValue().tokensPerSecond().get(reading),
                                        cost.getValue().gatewayMicros().get(reading)))
                                .reduce("", String::concat));
            }
        }
        return costs;
    }

    private void read(Way way, Asker asker, Asker otherAsker, Cost cost) throws IOException, InterruptedException {
        ChaosCluster cluster = way == Way.NOT_REPLICATED ? other : replicating;
        List<Question> fresh = Prompts.uncached(questions, "reading-" + number++);
        List<Question> asked = way == Way.PLAIN
                ? fresh
                : fresh.stream().map(Question::resuming).toList();
        Duration before = processorTime(cluster);
        List<Outcome> outcomes = StreamRun.undisturbed(way == Way.NOT_REPLICATED ? otherAsker : asker, asked);
        Duration taken = processorTime(cluster).minus(before);
        long begin = outcomes.stream().mapToLong(Outcome::beginNanos).min().orElseThrow();
        long end = outcomes.stream().mapToLong(Outcome::endNanos).max().orElseThrow();
        double tokens = (double) outcomes.size() * Math.min(TOKENS, options.tokens());
        cost.tokensPerSecond().add(tokens * 1e9 / (end - begin));
        cost.gatewayMicros().add(taken.toNanos() / 1e3 / tokens);
    }

    private static Duration processorTime(ChaosCluster cluster) {
        Duration all = Duration.ZERO;
        for (Slot gateway : cluster.gateways()) {
            all = all.plus(ProcessHandle.of(gateway.process().pid())
                    .flatMap(process -> process.info().totalCpuDuration())
                    .orElse(Duration.ZERO));
        }
        return all;
    }
}
