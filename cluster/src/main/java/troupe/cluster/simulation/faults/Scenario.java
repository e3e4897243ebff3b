package troupe.cluster.simulation.faults;

import java.time.Duration;
import java.util.List;
import troupe.actors.resume.ResumableState;
import troupe.cluster.routing.LeastLoadedSelector;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.scheduler.SchedulerLimits;

/** Small clusters with few requests, for the {@link Explorer}: one gateway, two workers. */
enum Scenario {
    /** One answer of four tokens. */
    ONE_CHOICE(1, "", Duration.ofSeconds(40), 1, false),
    /** Two choices of one request, whose workers may be two. */
    TWO_CHOICES(2, "", Duration.ofSeconds(40), 1, false),
    /** A stop string ends a choice before its worker knows. */
    STOP_STRING(2, "oo", Duration.ofSeconds(40), 1, false),
    /** The deadline comes in the middle of the answer. */
    DEADLINE(1, "", Duration.ofMillis(20), 1, false),
    /** A client that comes again, and two gateways. */
    TAKEOVER(1, "", Duration.ofSeconds(40), 2, true),
    /** The same with three: the replica may be at either of the others. */
    TAKEOVER_OF_THREE(1, "", Duration.ofSeconds(40), 3, true);

    private static final int TOKENS = 4;

    private final int choices;
    /** A stop string; empty for none. */
    private final String stop;

    private final Duration timeout;
    private final int gateways;
    private final boolean resumable;

    Scenario(int choices, String stop, Duration timeout, int gateways, boolean resumable) {
        this.gateways = gateways;
        this.resumable = resumable;
        this.choices = choices;
        this.stop = stop;
        this.timeout = timeout;
    }

    /** Runs it; throws a {@link Violation} where an invariant does not hold. */
    void run(Fates fates, Trace trace, Sabotage sabotage) {
        ExecutorInfo info = new ExecutorInfo(FaultSimulation.MODEL, "n", "none", 200, 64, TokenIds.of(0), 4, 16, 1);
        ClusterPlan plan = new ClusterPlan(
                gateways,
                2,
                info,
                new SchedulerLimits(16, 4),
                4,
                4,
                1,
                Duration.ofSeconds(1),
                5,
                seed -> new LeastLoadedSelector(),
                new ResumableState.Limits(true, 1 << 20, 8, 1 << 20, 500_000_000, 1_000_000_000),
                Timing.standard(),
                10_000_000_000L,
                25_000_000_000L);
        FaultyCluster cluster = new FaultyCluster(plan, fates, trace, sabotage);
        SamplingParams sampling = new SamplingParams(0f, 0, 1f, 0f, 1f, 0f, 0f, TOKENS, 0, true, TokenIds.EMPTY, 0, -1);
        cluster.request(RequestMix.plan(
                "r",
                100_000_000,
                0,
                TokenIds.of(5, 6, 7),
                choices,
                sampling,
                42,
                stop.isEmpty() ? List.of() : List.of(stop),
                0,
                timeout,
                resumable,
                Duration.ofSeconds(2),
                Tenant.NONE,
                null));
        cluster.run();
    }
}
