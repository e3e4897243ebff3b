package troupe.engine.scheduler;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineRequest;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.sampling.SamplingParams;
import troupe.engine.testing.StubModel;

/**
 * Random lives of a scheduler under a tiny pool: submissions with shared prefixes, duplicates, superseding and stale
 * attempts, cancellations, deadlines, failing slices. {@link SimulatedEngine} checks the invariants after every event.
 */
class SchedulerSimulationTest {
    private static final int SEEDS = 300;
    private static final int EVENTS = 600;

    @Test
    void shouldKeepEveryInvariantThroughRandomLives() {
        long preemptions = 0;
        long hits = 0;
        long finished = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            SimulatedEngine engine = null;
            try {
                SplittableRandom random = new SplittableRandom(seed);
                engine = live(random);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            preemptions += engine.scheduler.stats().preemptions();
            hits += engine.scheduler.stats().prefixHits();
            finished += engine.all().stream()
                    .filter(trace -> trace.end instanceof EngineEvent.Finished)
                    .count();
        }
        // The simulation is worth something only if it gets into the narrow places.
        assertTrue(preemptions > SEEDS, preemptions + " preemptions");
        assertTrue(hits > 10L * SEEDS, hits + " prefix hits");
        assertTrue(finished > 10L * SEEDS, finished + " finished");
    }

    private static SimulatedEngine live(SplittableRandom random) {
        int blockTokens = 1 << random.nextInt(4);
        int context = 16 + random.nextInt(64);
        int kvBlocks = 2 + random.nextInt(2 * Math.ceilDiv(context, blockTokens));
        ExecutorInfo info = StubModel.info(context, blockTokens, kvBlocks);
        SimulatedEngine engine =
                new SimulatedEngine(info, new SchedulerLimits(1 + random.nextInt(24), 1 + random.nextInt(8)));
        int names = 0;
        for (int event = 0; event < EVENTS; event++) {
            List<SimulatedEngine.Trace> live = engine.live();
            int dice = random.nextInt(100);
            if (dice < 25 && live.size() < 20) {
                engine.add(request(random, new AttemptKey("s" + names++, 5, 5, random.nextInt(2)), engine.now));
            } else if (dice < 30 && !live.isEmpty()) {
                engine.cancel(live.get(random.nextInt(live.size())).request.key());
            } else if (dice < 34 && !live.isEmpty()) {
                resubmit(engine, live.get(random.nextInt(live.size())), random);
            } else if (dice < 36) {
                engine.step(random.nextInt(8));
            } else {
                engine.step();
            }
        }
        engine.runToEnd(20_000);
        for (SimulatedEngine.Trace trace : engine.all()) {
            assertInstanceOf(EngineEvent.Terminal.class, trace.end, "every attempt ends");
        }
        return engine;
    }

    /** The same key again, or a later or an earlier attempt at the same choice, which goes on after the output so far. */
    private static void resubmit(SimulatedEngine engine, SimulatedEngine.Trace trace, SplittableRandom random) {
        EngineRequest old = trace.request;
        AttemptKey key = old.key();
        AttemptKey next = switch (random.nextInt(4)) {
            case 0 -> key;
            case 1 -> new AttemptKey(key.sequence(), key.epoch(), key.attempt() + 1, key.choice());
            case 2 -> new AttemptKey(key.sequence(), key.epoch() + 1, 0, key.choice());
            default -> new AttemptKey(key.sequence(), key.epoch() - 1, 1 + random.nextInt(1_000_000), key.choice());
        };
        engine.add(new EngineRequest(
                next,
                old.prompt(),
                trace.tokens(),
                old.sampling(),
                old.seed(),
                old.priority(),
                old.deadlineNanos(),
                old.cacheSalt(),
                old.tenant()));
    }

    private static EngineRequest request(SplittableRandom random, AttemptKey key, long now) {
        int family = random.nextInt(3);
        int shared = random.nextInt(40);
        int own = 1 + random.nextInt(8);
        int[] prompt = new int[shared + own];
        for (int i = 0; i < shared; i++) {
            prompt[i] = 10 + family;
        }
        for (int i = shared; i < prompt.length; i++) {
            prompt[i] = 20 + random.nextInt(4);
        }
        SamplingParams sampling = new SamplingParams(
                1f,
                0,
                1f,
                0f,
                1f,
                random.nextInt(4) == 0 ? 0.5f : 0f,
                0f,
                1 + random.nextInt(30),
                random.nextInt(4),
                random.nextBoolean(),
                TokenIds.of(1, 2, 3, 4, 5, 6, 7, 8, 9),
                random.nextInt(3) - 1,
                random.nextInt(5) == 0 ? random.nextInt(3) : -1);
        return new EngineRequest(
                key,
                TokenIds.of(prompt),
                TokenIds.EMPTY,
                sampling,
                random.nextInt(3),
                random.nextInt(3),
                random.nextInt(6) == 0 ? now + random.nextInt(100) : Long.MAX_VALUE,
                random.nextInt(5) == 0 ? "salt" : "",
                new Tenant("tenant-" + random.nextInt(3), random.nextInt(3)));
    }
}
