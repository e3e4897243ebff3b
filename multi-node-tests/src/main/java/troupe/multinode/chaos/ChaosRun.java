package troupe.multinode.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Plays scenarios one after the other, each while clients ask a cluster, and compares every answer with the undisturbed one.
 * The same seed gives the same requests, victims and pauses; not the same interleaving.
 */
public final class ChaosRun implements AutoCloseable {
    private static final Duration PLAY_LIMIT = Duration.ofMinutes(3);
    private static final Duration FINISH_LIMIT = Duration.ofMinutes(4);
    private static final Duration TIME_OF_A_REQUEST = Duration.ofSeconds(3);

    private final ChaosOptions options;
    private final Consumer<String> say;
    private final Duration lasting;
    private final Duration finishLimit;
    private final Duration scenarioLimit;
    private final List<Question> questions;
    private final Map<Question, Answer> expected = new HashMap<>();
    private @Nullable ChaosCluster cluster;
    private Scenario.@Nullable Place place;

    /**
     * @param say takes a line of what happens
     * @param lasting how long a scenario goes on that could go on for ever
     */
    public ChaosRun(ChaosOptions options, Consumer<String> say, Duration lasting) {
        this.options = options;
        this.say = say;
        this.lasting = lasting;
        finishLimit = FINISH_LIMIT.plus(TIME_OF_A_REQUEST.multipliedBy(options.requests()));
        scenarioLimit = PLAY_LIMIT.plus(lasting).plus(finishLimit);
        questions = Questions.of(options.modelName(), options.tokens(), options.seed());
    }

    /**
     * Plays these, in this order.
     *
     * @throws IOException if the machine does not do what a scenario asks of it
     */
    public List<ScenarioResult> play(List<String> names) throws IOException, InterruptedException {
        List<ScenarioResult> results = new ArrayList<>();
        for (String name : names) {
            results.add(play(Scenarios.find(name)
                    .orElseThrow(() -> new IllegalArgumentException(
                            "there is no scenario " + name + ", there are " + Scenarios.names()))));
        }
        return results;
    }

    private ScenarioResult play(Scenario scenario) throws IOException, InterruptedException {
        say.accept("-- " + scenario.name() + ": " + scenario.what());
        if (scenario.place() == Scenario.Place.NAMESPACES && !Needs.NETWORK.isThere()) {
            return skipped(scenario, Needs.NETWORK.remedy());
        }
        ChaosCluster whole;
        try {
            whole = cluster(scenario.place());
        } catch (IOException e) {
            say.accept("  VIOLATION: " + e.getMessage());
            return ScenarioResult.failed(scenario, "the cluster does not start: " + e.getMessage());
        }
        Random random = new Random(options.seed() ^ scenario.name().hashCode());
        Stage stage = new Stage(options, whole, random, say, lasting);
        long memory = whole.memoryBytes();
        List<String> violations = new ArrayList<>();
        List<Outcome> outcomes = List.of();
        try (Asker asker = new Asker(whole.urls());
                Watchdog watchdog = new Watchdog(scenarioLimit)) {
            try {
                scenario.script().prepare(stage);
                try (ChaosLoad load = startLoad(scenario, asker, random)) {
                    stage.begin(load);
                    outcomes = played(scenario, stage, load, violations);
                }
            } catch (Needs.MissingException e) {
                scenario.script().restore(stage);
                return skipped(scenario, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                violations.add("prepare: " + e.getMessage());
            } catch (InterruptedException e) {
                if (!watchdog.hasFired()) {
                    throw e;
                }
                violations.add("not over after " + scenarioLimit.toSeconds() + " s");
            }
        }
        settle(scenario, stage, violations);
        return result(scenario, stage, outcomes, violations, memory);
    }

    private ChaosLoad startLoad(Scenario scenario, Asker asker, Random random) {
        List<Question> asked = expected.keySet().stream()
                .filter(question -> question.resumable() || !scenario.gatewayDies())
                .sorted(Comparator.comparing(Question::name).thenComparing(Question::resumable))
                .toList();
        return ChaosLoad.start(asker, asked, options.clients(), options.requests(), random.nextLong());
    }

    private ScenarioResult skipped(Scenario scenario, String why) {
        say.accept("  skipped: " + why);
        return ScenarioResult.skipped(scenario, why);
    }

    private List<Outcome> played(Scenario scenario, Stage stage, ChaosLoad load, List<String> violations)
            throws Needs.MissingException, InterruptedException {
        try {
            scenario.script().play(stage);
        } catch (Needs.MissingException e) {
            throw e;
        } catch (IOException e) {
            violations.add(String.valueOf(e.getMessage()));
        }
        try {
            return load.finish(finishLimit);
        } catch (IOException e) {
            violations.add(String.valueOf(e.getMessage()));
            return load.outcomes();
        }
    }

    /** Brings the cluster back to where the next scenario may begin; a new one where that fails. */
    private void settle(Scenario scenario, Stage stage, List<String> violations)
            throws IOException, InterruptedException {
        try {
            String left = Cleanliness.await(stage.cluster());
            if (!left.isEmpty()) {
                violations.add("left behind: " + left);
            }
            scenario.script().restore(stage);
            stage.cluster().awaitWhole();
        } catch (IOException e) {
            violations.add("afterwards: " + e.getMessage());
        }
        if (!violations.isEmpty()) {
            stop();
        }
    }

    private ScenarioResult result(
            Scenario scenario, Stage stage, List<Outcome> outcomes, List<String> violations, long memoryBefore)
            throws IOException {
        List<Outcome> lost =
                outcomes.stream().filter(outcome -> outcome.failure() != null).toList();
        List<Outcome> changed = outcomes.stream()
                .filter(outcome ->
                        outcome.answer() != null && !outcome.answer().equals(expected.get(outcome.question())))
                .toList();
        List<Outcome> bad = new ArrayList<>(lost);
        bad.addAll(changed);
        ChaosCluster still = cluster;
        ScenarioResult result = new ScenarioResult(
                scenario.name(),
                scenario.what(),
                outcomes.size(),
                stage.faults().size(),
                lost.size(),
                changed.size(),
                outcomes.stream().mapToInt(Outcome::reconnections).sum(),
                outcomes.stream().mapToInt(Outcome::begunAnew).sum(),
                Gaps.of(outcomes, stage.faults()),
                new ScenarioResult.Memory(memoryBefore, still == null ? 0 : still.memoryBytes()),
                violations,
                Evidence.keep(options, scenario, bad, expected, violations),
                Optional.empty());
        say.accept("  " + ChaosTable.line(result));
        violations.forEach(violation -> say.accept("  VIOLATION: " + violation));
        result.evidence().ifPresent(folder -> say.accept("  evidence: " + folder));
        return result;
    }

    private ChaosCluster cluster(Scenario.Place wanted) throws IOException, InterruptedException {
        ChaosCluster running = cluster;
        if (running != null && place == wanted) {
            return running;
        }
        stop();
        Site site = wanted == Scenario.Place.LOOPBACK
                ? new LoopbackSite(options.gateways())
                : new NamespaceSite(options.nodes(), options.folder());
        say.accept(options.gateways() + " gateways and " + options.workers() + " workers start, each a process; logs: "
                + options.folder());
        ChaosCluster fresh = ChaosCluster.start(options, site, say);
        cluster = fresh;
        place = wanted;
        if (expected.isEmpty()) {
            askUndisturbed(fresh);
        }
        return fresh;
    }

    private void askUndisturbed(ChaosCluster whole) throws IOException, InterruptedException {
        ConcurrentMap<Question, Outcome> outcomes = new ConcurrentHashMap<>();
        try (Asker asker = new Asker(whole.urls())) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < options.clients(); i++) {
                int first = i;
                threads.add(Thread.ofVirtual().start(() -> {
                    for (int j = first; j < questions.size(); j += options.clients()) {
                        outcomes.put(questions.get(j), asker.ask(questions.get(j)));
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        for (Outcome outcome : outcomes.values()) {
            Answer answer = outcome.answer();
            if (answer == null) {
                throw new IOException("no answer while nothing disturbs, to " + outcome.question(), outcome.failure());
            }
            expected.put(outcome.question(), answer);
            expected.put(outcome.question().resuming(), answer);
        }
        say.accept(questions.size() + " requests are asked undisturbed: these answers count, bit for bit");
    }

    private void stop() {
        ChaosCluster running = cluster;
        cluster = null;
        place = null;
        if (running != null) {
            running.close();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
