package troupe.bench.failures;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import troupe.bench.Measurement;
import troupe.multinode.chaos.Answer;
import troupe.multinode.chaos.Asker;
import troupe.multinode.chaos.ChaosCluster;
import troupe.multinode.chaos.InterTokenTimes;
import troupe.multinode.chaos.Outcome;
import troupe.multinode.chaos.Question;
import troupe.multinode.chaos.Slot;

/** Kills and stops nodes, again and again, each time while all streams run. */
final class FaultTrial {
    static final int LEAST_PROMPT = 100;
    static final int MOST_PROMPT = 200;

    /** Of all streams, before anything counts: a node that has served for a while has compiled what it does. */
    static final int WARM_UP_ROUNDS = 4;

    /** Longer than the heartbeat limit, shorter than what a member may be away. */
    private static final long STOPPED_MILLIS = 4_000;

    /**
     * All that was read.
     *
     * @param undisturbed times between tokens
     */
    record Result(InterTokenTimes undisturbed, List<FaultReading> readings) {
        Result {
            readings = List.copyOf(readings);
        }

        List<FaultReading> of(FaultKind kind) {
            return readings.stream().filter(reading -> reading.kind() == kind).toList();
        }
    }

    private final FailureOptions options;
    private final ChaosCluster cluster;
    private final Consumer<String> say;
    private final List<Question> questions;
    private final Map<String, Answer> expected = new HashMap<>();
    private int runs;

    FaultTrial(FailureOptions options, ChaosCluster cluster, Consumer<String> say) {
        this.options = options;
        this.cluster = cluster;
        this.say = say;
        questions = new Prompts(options.modelName())
                .streams(options.streams(), LEAST_PROMPT, MOST_PROMPT, options.tokens());
    }

    Result run() throws IOException, InterruptedException {
        List<FaultReading> readings = new ArrayList<>();
        InterTokenTimes undisturbed;
        try (Asker asker = new Asker(cluster.urls())) {
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                StreamRun.undisturbed(asker, Prompts.uncached(questions, "warm-up-" + round));
            }
            List<Outcome> outcomes = StreamRun.undisturbed(asker, Prompts.uncached(questions, "undisturbed"));
            for (Outcome outcome : outcomes) {
                Answer answer = Objects.requireNonNull(outcome.answer());
                expected.put(outcome.question().name(), answer);
            }
            undisturbed = InterTokenTimes.between(outcomes, Long.MIN_VALUE, Long.MAX_VALUE);
            say.accept(String.format(
                    Locale.ROOT,
                    "%d streams of %d tokens undisturbed: ITL p50 %.1f ms, p99 %.1f ms",
                    options.streams(),
                    options.tokens(),
                    undisturbed.percentileNanos(50) / 1e6,
                    undisturbed.percentileNanos(99) / 1e6));
            for (FaultKind kind : FaultKind.values()) {
                read(kind, 0, asker); // the first compiles what is done about it
                for (int i = 0; i < options.faults(); i++) {
                    readings.add(read(kind, i, asker));
                }
            }
        }
        return new Result(undisturbed, readings);
    }

    private FaultReading read(FaultKind kind, int number, Asker asker) throws IOException, InterruptedException {
        // From early in the streams to late.
        int events = options.tokens() * (number + 1) / (options.faults() + 2);
        List<Question> asked = Prompts.uncached(questions, "fault-" + runs++);
        FaultReading reading = switch (kind) {
            case WORKER_KILL -> {
                Slot worker = any(cluster.workers(), number);
                StreamRun run = killed(worker, asker, asked, events);
                yield moved(kind, run);
            }
            case GATEWAY_KILL -> {
                Slot gateway = any(cluster.gateways(), number);
                StreamRun run = killed(
                        gateway, asker, asked.stream().map(Question::resuming).toList(), events);
                yield FaultReading.of(kind, run, outcome -> outcome.reconnections() > 0, List.of(), expected);
            }
            case WORKER_STOP -> {
                Slot worker = any(cluster.workers(), number);
                StreamRun run = StreamRun.play(asker, asked, events, () -> {
                    worker.process().pause();
                    Thread.sleep(STOPPED_MILLIS);
                    worker.process().resume();
                });
                yield moved(kind, run);
            }
        };
        say(number, reading);
        cluster.awaitWhole();
        return reading;
    }

    private static Slot any(List<Slot> slots, int number) {
        return slots.get(number % slots.size());
    }

    /** The next process comes after the streams have ended: its start takes a core that this machine does not have. */
    private static StreamRun killed(Slot slot, Asker asker, List<Question> asked, int events)
            throws IOException, InterruptedException {
        slot.hold(true);
        try {
            return StreamRun.play(asker, asked, events, slot.process()::close);
        } finally {
            slot.hold(false);
        }
    }

    private FaultReading moved(FaultKind kind, StreamRun run) throws IOException, InterruptedException {
        Map<Outcome, Move> moves = new HashMap<>();
        for (Outcome outcome : run.outcomes()) {
            Optional<Move> move = Move.of(waterfall(outcome.requestId()), run.faultMillis());
            move.ifPresent(found -> moves.put(outcome, found));
        }
        return FaultReading.of(kind, run, moves::containsKey, List.copyOf(moves.values()), expected);
    }

    /** From whichever gateway had the request. */
    private JsonNode waterfall(String request) throws IOException, InterruptedException {
        IOException last = new IOException("no gateway had the request \"" + request + "\"");
        for (Slot gateway : cluster.gateways()) {
            try {
                return cluster.probe().get(cluster.url(gateway), "/admin/requests/" + request);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private void say(int number, FaultReading reading) {
        say.accept(String.format(
                Locale.ROOT,
                "%s %d/%d: %d of %d streams hit, gap median %.0f ms, longest %.0f ms; others' ITL p99 %.0f ms; lost %d,"
                        + " changed %d; %s",
                reading.kind().title(),
                number + 1,
                options.faults(),
                reading.gapsMillis().size(),
                reading.streams(),
                reading.gapsMillis().isEmpty() ? 0 : new Measurement(reading.gapsMillis()).median(),
                reading.gapsMillis().isEmpty() ? 0 : new Measurement(reading.gapsMillis()).greatest(),
                reading.burst().percentileNanos(99) / 1e6,
                reading.lost(),
                reading.changed(),
                reading.moves()));
    }
}
