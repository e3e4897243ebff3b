package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static troupe.cluster.routing.Demands.attempt;
import static troupe.cluster.routing.Demands.demand;
import static troupe.cluster.routing.Demands.prompt;
import static troupe.cluster.routing.Demands.worker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector;
import troupe.conf.RoutingPolicy;
import troupe.conf.RoutingSettings;
import troupe.conf.Settings;

/** Round robin and consistent hashing, and the choice among all policies. */
class ComparedSelectorsTest {
    @Test
    void shouldTakeOneAfterTheOther() {
        RoundRobinSelector selector = up(new RoundRobinSelector(), 3);
        List<WorkerId> chosen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            chosen.add(choose(selector, i, 0));
        }
        assertEquals(List.of(worker(0), worker(1), worker(2), worker(0), worker(1), worker(2)), chosen);
    }

    @Test
    void shouldSkipAvoidedWorkersInTurn() {
        RoundRobinSelector selector = up(new RoundRobinSelector(), 2);
        for (int i = 0; i < 4; i++) {
            assertEquals(
                    worker(1),
                    selector.select(demand(i, prompt(0, 0, 40), null, Set.of(worker(0))))
                            .orElseThrow()
                            .worker());
        }
    }

    @Test
    void shouldSendEqualBeginningsToOneWorkerWhileItHasRoom() {
        ConsistentHashSelector selector = up(new ConsistentHashSelector(32), 8);
        Map<Integer, WorkerId> homes = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            int family = i % 50;
            WorkerId chosen = choose(selector, i, family);
            selector.release(Demands.attempt(i));
            // The attempt has ended.
            selector.load(chosen, Demands.stats(i, 0, 0));
            selector.load(chosen, Demands.stats(i + 2, 0, 0));
            homes.putIfAbsent(family, chosen);
            assertEquals(homes.get(family), chosen);
        }
        assertEquals(8, Set.copyOf(homes.values()).size());
    }

    @Test
    void shouldMoveOnlyTheShareOfALostWorker() {
        ConsistentHashSelector selector = up(new ConsistentHashSelector(32), 8);
        Map<Integer, WorkerId> before = new HashMap<>();
        for (int family = 0; family < 64; family++) {
            before.put(family, alone(selector, family));
        }
        selector.down(worker(3));
        for (int family = 0; family < 64; family++) {
            WorkerId home = before.get(family);
            WorkerId now = alone(selector, family);
            assertTrue(now.equals(home) || worker(3).equals(home), "family " + family);
        }
    }

    @Test
    void shouldPassAWorkerByThatHasMoreThanItsShare() {
        ConsistentHashSelector selector = up(new ConsistentHashSelector(32), 4);
        Map<WorkerId, Integer> sequences = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            sequences.merge(choose(selector, i, 0), 1, Integer::sum);
        }
        sequences.forEach(
                (id, count) -> assertTrue(count <= 1 + ConsistentHashSelector.BOUND * 100, id + " has " + count));
    }

    @Test
    void shouldRefuseAHashOfNoTokens() {
        assertThrows(IllegalArgumentException.class, () -> new ConsistentHashSelector(0));
    }

    @Test
    void shouldMakeTheSelectorOfEveryPolicy() {
        RoutingSettings settings = Settings.load(null).routing();
        Map<RoutingPolicy, Class<? extends WorkerSelector>> classes = Map.of(
                RoutingPolicy.PREFIX, PrefixSelector.class,
                RoutingPolicy.LEAST_LOADED, LeastLoadedSelector.class,
                RoutingPolicy.ROUND_ROBIN, RoundRobinSelector.class,
                RoutingPolicy.CONSISTENT_HASH, ConsistentHashSelector.class);
        for (RoutingPolicy policy : RoutingPolicy.values()) {
            WorkerSelector selector = Selectors.create(
                    new RoutingSettings(
                            policy,
                            settings.windowShare(),
                            settings.window(),
                            settings.indexEntries(),
                            settings.hashTokens()),
                    256,
                    new SplittableRandom(1),
                    () -> 0);
            assertInstanceOf(classes.get(policy), selector);
            up(selector, 1);
            selector.up(worker(1), Demands.info("n"), 1);
            selector.down(worker(0));
            assertTrue(selector.hasRoom("m"), policy.settingName());
            selector.select(demand(7, prompt(0, 0, 40)));
            assertFalse(selector.hasRoom("m"), policy.settingName());
            assertTrue(selector.select(demand(8, prompt(0, 0, 40))).isEmpty());
            assertTrue(
                    selector.select(demand(8, prompt(0, 0, 40), "n", Set.of())).isPresent());
            selector.arrived(attempt(7));
            selector.arrived(attempt(8));
            assertTrue(selector.hasRoom("m"), policy.settingName());
            assertEquals(
                    policy.settingName(),
                    selector.select(demand(0, prompt(0, 0, 40))).orElseThrow().policy());
        }
    }

    private static WorkerId alone(WorkerSelector selector, int family) {
        WorkerId chosen = choose(selector, family, family);
        // Forget that it was sent there, by sending it nowhere.
        selector.select(demand(family, prompt(0, 0, 1), "no such numerics", Set.of()));
        return chosen;
    }

    private static WorkerId choose(WorkerSelector selector, int attempt, int family) {
        return selector.select(demand(attempt, prompt(0, family, 40)))
                .orElseThrow()
                .worker();
    }

    private static <S extends WorkerSelector> S up(S selector, int workers) {
        for (int i = 0; i < workers; i++) {
            selector.up(worker(i), Demands.info("n"));
        }
        return selector;
    }
}
