package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.actors.WorkerSelector.Demand;
import troupe.engine.AttemptKey;

/**
 * Four gateways that know of each other's decisions only by reports 100 ms old, over 16 workers at four fifths of what
 * they can bear. A tick is 10 ms, in which a worker prefills 10 tokens; a request has 100 of its own.
 */
class HerdingTest {
    private static final int WORKERS = 16;
    private static final int TICKS = 6_000;
    private static final int TICKS_TO_REPORT = 10;
    private static final int TICK_TOKENS = 10;
    private static final int REQUEST_TOKENS = 100;
    private static final double LOAD = 0.8;

    private static final int SEEDS = 5;

    /**
     * @param meanSeconds that a request waits and computes
     * @param longestSeconds of any request
     */
    private record Outcome(double meanSeconds, double longestSeconds) {}

    @Test
    void shouldKeepQueuesNearThoseOfOneGateway() {
        Outcome one = simulate(1, HerdingTest::byPrefix);
        Outcome four = simulate(4, HerdingTest::byPrefix);
        String both = one + " by one gateway, " + four + " by four";
        assertTrue(four.meanSeconds() <= 1.75 * one.meanSeconds(), both);
        assertTrue(four.longestSeconds() <= 3 * one.longestSeconds(), both);
    }

    @Test
    void shouldHerdLessThanGatewaysThatAllTakeTheLeastLoaded() {
        Outcome ours = simulate(8, HerdingTest::byPrefix);
        Outcome least = simulate(8, random -> new LeastLoadedSelector());
        String both = ours + " by us, " + least + " by the least loaded";
        assertTrue(ours.meanSeconds() <= 0.8 * least.meanSeconds(), both);
        assertTrue(ours.longestSeconds() <= 0.8 * least.longestSeconds(), both);
    }

    private static WorkerSelector byPrefix(SplittableRandom random) {
        return new PrefixSelector(new PrefixWindow(0.1, 0.005), 100_000, 256, random, () -> 0);
    }

    private static Outcome simulate(int gateways, Function<SplittableRandom, WorkerSelector> policy) {
        double mean = 0;
        double longest = 0;
        for (int seed = 0; seed < SEEDS; seed++) {
            Outcome outcome = simulate(gateways, policy, new SplittableRandom(seed));
            mean += outcome.meanSeconds() / SEEDS;
            longest = Math.max(longest, outcome.longestSeconds());
        }
        return new Outcome(mean, longest);
    }

    private static Outcome simulate(
            int gateways, Function<SplittableRandom, WorkerSelector> policy, SplittableRandom random) {
        List<WorkerSelector> selectors = new ArrayList<>();
        for (int i = 0; i < gateways; i++) {
            selectors.add(policy.apply(random.split()));
        }
        List<WorkerId> ids = new ArrayList<>();
        List<Deque<int[]>> queues = new ArrayList<>();
        long[] steps = new long[WORKERS];
        for (int i = 0; i < WORKERS; i++) {
            ids.add(Demands.worker(i));
            queues.add(new ArrayDeque<>());
            for (WorkerSelector selector : selectors) {
                selector.up(ids.get(i), Demands.info("n"));
                selector.load(ids.get(i), Demands.stats(0, 0, 0));
            }
        }
        List<Runnable> admitted = new ArrayList<>();
        double waited = 0;
        double longest = 0;
        int requests = 0;
        double due = 0;
        for (int tick = 0; tick < TICKS; tick++) {
            admitted.forEach(Runnable::run);
            admitted.clear();
            due += -Math.log(1 - random.nextDouble()) * LOAD * WORKERS * TICK_TOKENS / REQUEST_TOKENS;
            for (; due >= 1; due--) {
                WorkerSelector selector = selectors.get(random.nextInt(gateways));
                AttemptKey attempt = Demands.attempt(requests++);
                WorkerId chosen =
                        selector.select(demand(attempt, random)).orElseThrow().worker();
                admitted.add(() -> selector.release(attempt));
                Deque<int[]> queue = queues.get(ids.indexOf(chosen));
                queue.add(new int[] {REQUEST_TOKENS});
                double seconds = 0.001 * tokens(queue);
                waited += seconds;
                longest = Math.max(longest, seconds);
            }
            for (int i = 0; i < WORKERS; i++) {
                Deque<int[]> queue = queues.get(i);
                if (!queue.isEmpty()) {
                    steps[i]++;
                    queue.getFirst()[0] -= TICK_TOKENS;
                    if (queue.getFirst()[0] == 0) {
                        queue.removeFirst();
                    }
                }
                if ((tick + i) % TICKS_TO_REPORT == 0) {
                    for (WorkerSelector selector : selectors) {
                        selector.load(ids.get(i), Demands.stats(steps[i], queue.size(), tokens(queue)));
                    }
                }
            }
        }
        return new Outcome(waited / requests, longest);
    }

    private static Demand demand(AttemptKey attempt, SplittableRandom random) {
        return new Demand(
                attempt, "m", Demands.prompt(0, random.nextInt(1_000_000), REQUEST_TOKENS), "", null, Set.of());
    }

    private static int tokens(Deque<int[]> queue) {
        int sum = 0;
        for (int[] request : queue) {
            sum += request[0];
        }
        return sum;
    }
}
