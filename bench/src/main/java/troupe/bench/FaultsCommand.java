package troupe.bench;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import troupe.cluster.routing.PrefixSelector;
import troupe.cluster.routing.PrefixWindow;
import troupe.cluster.simulation.faults.Exploration;
import troupe.cluster.simulation.faults.FaultSimulation;
import troupe.cluster.simulation.faults.Trace;

/** Simulated clusters in which things go wrong: random ones by their seeds, or all small ones. */
@Command(
        name = "simulate-faults",
        mixinStandardHelpOptions = true,
        description = "Simulated clusters in which messages get lost and processes die; checks what must hold whatever "
                + "goes wrong.")
public final class FaultsCommand implements Callable<Integer> {
    private static final long PROGRESS_EVERY = 5_000;

    /** A seed whose run does not keep an invariant. */
    private record Failure(long seed, RuntimeException cause) {}

    @Option(names = "--seeds", defaultValue = "1000", description = "Seeds to run (${DEFAULT-VALUE}).")
    private long seeds;

    @Option(names = "--seed", description = "Runs this one seed and prints all that happens in it.")
    private @Nullable Long seed;

    @Option(names = "--first", defaultValue = "0", description = "The first seed of many (${DEFAULT-VALUE}).")
    private long first;

    @Option(
            names = "--explore",
            paramLabel = "FAULTS",
            description = "In place of seeds: every run of the small clusters with at most so many faults.")
    private @Nullable Integer explore;

    private final AtomicLong done = new AtomicLong();
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong convicted = new AtomicLong();

    @Override
    public Integer call() {
        if (explore != null) {
            String found = Exploration.explore(explore, System.err::println);
            System.out.print(found.isEmpty() ? "" : found + "\n");
            return found.isEmpty() ? 0 : 1;
        }
        if (seed != null) {
            return replay(seed);
        }
        Optional<Failure> failure = LongStream.range(first, first + seeds)
                .parallel()
                .mapToObj(this::run)
                .flatMap(Optional::stream)
                .findAny();
        if (failure.isPresent()) {
            System.out.printf(
                    "seed %d: %s%nplay it again with: ./troupe bench simulate-faults --seed %d%n",
                    failure.get().seed(),
                    failure.get().cause().getMessage(),
                    failure.get().seed());
            return 1;
        }
        System.out.printf(
                "%d seeds keep every invariant; %d of %d requests were answered, %d refused since they bring workers "
                        + "down, the others ended by their deadline, their client, or a full or dying cluster%n",
                done.get(), answered.get(), requests.get(), convicted.get());
        return 0;
    }

    private Optional<Failure> run(long each) {
        try {
            FaultSimulation.Result result = simulation().run(each, new Trace(false));
            requests.addAndGet(result.requests());
            answered.addAndGet(result.answered());
            convicted.addAndGet(result.convicted());
        } catch (RuntimeException e) {
            return Optional.of(new Failure(each, e));
        }
        long runs = done.incrementAndGet();
        if (runs % PROGRESS_EVERY == 0) {
            System.err.printf("%d of %d seeds%n", runs, seeds);
        }
        return Optional.empty();
    }

    private static int replay(long which) {
        Trace trace = new Trace(true);
        String outcome;
        int status = 0;
        try {
            outcome = simulation().run(which, trace).toString();
        } catch (RuntimeException e) {
            outcome = e.toString();
            status = 1;
        }
        trace.lines().forEach(System.out::println);
        System.out.println("seed " + which + ": " + outcome);
        return status;
    }

    private static FaultSimulation simulation() {
        return new FaultSimulation(number -> {
            RandomGenerator random = new SplittableRandom(number);
            return new PrefixSelector(new PrefixWindow(0.1, 0.01), 1 << 12, 16, random, () -> (int) number);
        });
    }
}
