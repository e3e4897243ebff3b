package troupe.cluster.simulation.faults;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import troupe.actors.WorkerSelector;
import troupe.actors.resume.ResumableState;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.scheduler.SchedulerLimits;

/** Runs of a cluster in which things go wrong, each drawn from one number. Equal seeds give equal runs. */
public final class FaultSimulation {
    static final String MODEL = "m";

    private static final long PATIENCE_NANOS = 28_000_000_000L;
    /** Whoever is lost again and again with what brings workers down waits for up to a minute. */
    private static final long POISONED_PATIENCE_NANOS = 100_000_000_000L;

    /**
     * A run that kept every invariant.
     *
     * @param hash of its trace
     * @param steps of its trace
     * @param requests that came
     * @param answered to the last token
     * @param convicted of bringing workers down
     */
    public record Result(long hash, long steps, int requests, int answered, int convicted) {}

    private final LongFunction<WorkerSelector> selectors;

    /** @param selectors makes each gateway's, by a seed */
    public FaultSimulation(LongFunction<WorkerSelector> selectors) {
        this.selectors = selectors;
    }

    /**
     * Runs one seed.
     *
     * @throws Violation where an invariant does not hold
     */
    public Result run(long seed, Trace trace) {
        return run(seed, trace, Sabotage.NONE);
    }

    Result run(long seed, Trace trace, Sabotage sabotage) {
        SplittableRandom random = new SplittableRandom(seed);
        int gateways = 1 + random.nextInt(3);
        ResumableState.Limits resumables = new ResumableState.Limits(
                random.nextInt(8) > 0,
                random.nextInt(8) > 0 ? 1 << 20 : 5_000,
                random.nextInt(8) > 0 ? 64 : 1,
                1 << 20,
                500_000_000,
                1_000_000_000);
        int places = random.nextInt(4) == 0 ? 2 + random.nextInt(6) : 16;
        boolean isPoisoned = random.nextInt(3) == 0;
        ClusterPlan plan =
                plan(gateways, 1 + random.nextInt(3), 24 + random.nextInt(40), places, resumables, isPoisoned);
        FaultyCluster cluster = new FaultyCluster(plan, new SeededFates(random.nextLong()), trace, sabotage);
        int requests = 1 + random.nextInt(10);
        RequestMix.draw(random, requests, plan.info().vocabularySize(), gateways, isPoisoned)
                .forEach(cluster::request);
        cluster.run();
        int answered = 0;
        int convicted = 0;
        for (Client client : cluster.clients()) {
            answered += client.isAnswered() ? 1 : 0;
            convicted += client.isConvicted() ? 1 : 0;
        }
        return new Result(trace.hash(), trace.steps(), requests, answered, convicted);
    }

    private ClusterPlan plan(
            int gateways, int workers, int kvBlocks, int places, ResumableState.Limits resumables, boolean isPoisoned) {
        ExecutorInfo info = new ExecutorInfo(MODEL, "n", "none", 200, 128, TokenIds.of(0), 4, kvBlocks, 1);
        return new ClusterPlan(
                gateways,
                workers,
                info,
                new SchedulerLimits(16, 4),
                8,
                places,
                0.8,
                Duration.ofMillis(300),
                64,
                selectors,
                resumables,
                Timing.standard(),
                8_000_000_000L,
                isPoisoned ? POISONED_PATIENCE_NANOS : PATIENCE_NANOS);
    }
}
