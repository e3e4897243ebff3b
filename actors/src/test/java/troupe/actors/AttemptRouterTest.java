package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerSelector.Demand;
import troupe.actors.WorkerSelector.Selection;
import troupe.actors.admin.RoutingView;
import troupe.engine.AttemptKey;
import troupe.engine.EngineEvent;
import troupe.engine.EngineStats;
import troupe.engine.Tenant;
import troupe.engine.TokenIds;
import troupe.engine.executor.ExecutorInfo;
import troupe.engine.executor.ScoredToken;
import troupe.engine.kv.KvChanges;

class AttemptRouterTest {
    private static final Tenant A = new Tenant("a", 1);
    private static final Tenant B = new Tenant("b", 1);
    private static final EngineStats STATS = new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);
    private static final long SECOND = 1_000_000_000;

    private final FewPlaces selector = new FewPlaces();
    private final WorkerTable<String> workers = new WorkerTable<>();
    private final List<String> selected = new ArrayList<>();
    private final Map<String, Integer> priorities = new HashMap<>();
    private final List<String> refused = new ArrayList<>();
    private final AttemptRouter<String, String> router =
            new AttemptRouter<>(selector, workers, Duration.ofSeconds(10), new AttemptRouter.Answers<>() {
                @Override
                public void selected(
                        AttemptRouter.Ask<String> ask,
                        Selection selection,
                        WorkerTable.Worker<String> worker,
                        int priority,
                        boolean claim) {
                    selected.add(ask.replyTo());
                    priorities.put(ask.replyTo(), priority);
                    assertEquals(ask.replyTo(), ask.attempt().sequence());
                }

                @Override
                public void noWorker(AttemptRouter.Ask<String> ask) {
                    refused.add(ask.replyTo());
                }
            });
    private long now;

    @Test
    void shouldGiveAWorkerABitMoreThanItsBatchHoldsAndAnyNumberWhereThatIsNotTold() {
        assertEquals(2, AttemptRouter.places(1));
        assertEquals(9, AttemptRouter.places(8));
        assertEquals(72, AttemptRouter.places(64));
        assertEquals(Integer.MAX_VALUE, AttemptRouter.places(0));
        assertEquals(Integer.MAX_VALUE, AttemptRouter.places(Integer.MAX_VALUE));
    }

    @Test
    void shouldLetNobodyWaitWhileThereIsRoom() {
        up(8);
        for (int i = 0; i < 9; i++) {
            ask("s" + i, A);
        }
        assertEquals(9, selected.size());
        assertEquals(0, router.waiting());
    }

    @Test
    void shouldGiveTheNextRoomToWhoHasHadLeast() {
        up(1);
        for (int i = 0; i < 200; i++) {
            ask("a" + i, A);
        }
        ask("b0", B);
        ask("b1", B);
        assertEquals(List.of("a0", "a1", "b0"), selected);
        assertEquals(199, router.waiting());
        output("a0", 100);
        end("a0");
        assertEquals(List.of("a0", "a1", "b0"), selected, "the place was given already");
        end("a1");
        assertEquals(List.of("a0", "a1", "b0", "b1", "a2"), selected, "one of each, though there is a place for one");
    }

    @Test
    void shouldLetATenantOfWhichNothingIsWithAWorkerWaitForNoRoom() {
        up(1);
        for (int i = 0; i < 5; i++) {
            ask("a" + i, A);
        }
        ask("b0", B);
        ask("b1", B);
        assertEquals(List.of("a0", "a1", "b0"), selected);
        end("b0");
        assertEquals(List.of("a0", "a1", "b0", "b1"), selected);
        end("b1");
        ask("b2", B);
        assertEquals("b2", selected.getLast());
    }

    @Test
    void shouldTellTheWorkerWhichPriorityAnAttemptHasComeToByWaiting() {
        up(1);
        ask("s0", A);
        ask("s1", A);
        router.ask(new AttemptRouter.Ask<>(demand("low", 0, "m", null, Set.of()), A, 3, 10, false, "low"), now);
        now += 30 * SECOND;
        ask("high", A);
        end("s0");
        end("s1");
        assertEquals(List.of("s0", "s1", "low", "high"), selected);
        assertEquals(0, priorities.get("low"));
    }

    @Test
    void shouldWaitForAWorkerWhereNoneIsUp() {
        ask("a", A);
        assertEquals(1, router.waiting());
        up(1);
        assertEquals(List.of("a"), selected);
    }

    @Test
    void shouldSendWhatGoesOnWithASequenceAtOnceThoughAllIsFull() {
        up(1);
        for (int i = 0; i < 5; i++) {
            ask("s" + i, A);
        }
        goOn("s0", 1, Set.of());
        assertEquals(List.of("s0", "s1", "s0"), selected);
        assertEquals(3, router.waiting());
    }

    @Test
    void shouldTellWhenEveryWorkerIsAvoidedAndHoldWhatOnlyAWorkerOfItsNumericsCanHave() {
        goOn("s", 1, Set.of());
        assertEquals(1, router.waiting());
        up(1);
        assertEquals(List.of("s"), selected);
        goOn("s", 2, Set.of(new WorkerId("w", 1)));
        assertEquals(List.of("s"), refused);
        assertEquals(0, router.waiting());
    }

    @Test
    void shouldGiveThePlaceOfWhoLeavesToTheNext() {
        up(1);
        for (int i = 0; i < 5; i++) {
            ask("s" + i, A);
        }
        router.forget("s2", now);
        assertEquals(2, router.waiting());
        end("s0");
        assertEquals("s3", selected.getLast());
    }

    @Test
    void shouldKeepTheQueuesOfModelsApart() {
        up(1);
        ask("s0", A);
        ask("s1", A);
        ask("s2", A);
        workers.up(worker("other", "other"), 0);
        router.up(worker("other", "other"), 1, now);
        router.ask(new AttemptRouter.Ask<>(demand("o", 0, "other", null, Set.of()), A, 0, 10, false, "o"), now);
        assertEquals("o", selected.getLast());
        assertEquals(
                List.of("s2"),
                router.waitingFor(model -> model.equals("m")).stream()
                        .map(AttemptRouter.Ask::replyTo)
                        .toList());
    }

    @Test
    void shouldChargeForTheAnswersThatWereGiven() {
        up(1);
        // Both are taken for short, and one is long.
        ask("a0", A);
        ask("b0", B);
        for (int i = 1; i < 40; i++) {
            ask("a" + i, A);
            ask("b" + i, B);
        }
        output("a0", 2_000);
        end("a0");
        end("b0");
        for (int i = 0; i < 20; i++) {
            end(selected.get(2 + i));
        }
        long others = selected.subList(2, 22).stream()
                .filter(each -> each.startsWith("b"))
                .count();
        assertTrue(others >= 18, selected::toString);
    }

    @Test
    void shouldEstimateAWaitByHowFastOthersHadTheirTurn() {
        up(1);
        for (int i = 0; i < 62; i++) {
            ask("s" + i, A);
        }
        assertEquals(0, router.secondsToServe("m", A, now));
        for (int i = 0; i < 30; i++) {
            now += SECOND;
            end("s" + i);
        }
        // 30 more wait, one is taken each second.
        assertEquals(30, router.secondsToServe("m", A, now), 3);
        assertEquals(0, router.secondsToServe("m", B, now));
        assertEquals(0, router.secondsToServe("other", A, now));
    }

    private void up(int maxSequences) {
        workers.up(worker("w", "m"), 0);
        router.up(worker("w", "m"), maxSequences, now);
    }

    private static WorkerTable.Worker<String> worker(String name, String model) {
        ExecutorInfo info = new ExecutorInfo(model, "n", "k", 10, 1_000, TokenIds.of(0), 16, 8, 1);
        return new WorkerTable.Worker<>(new WorkerId(name, 1), new ModelId(model, "s", "t"), info, name);
    }

    private void ask(String sequence, Tenant tenant) {
        router.ask(
                new AttemptRouter.Ask<>(demand(sequence, 0, "m", null, Set.of()), tenant, 0, 10, false, sequence), now);
    }

    private void goOn(String sequence, int attempt, Set<WorkerId> avoid) {
        router.ask(new AttemptRouter.Ask<>(demand(sequence, attempt, "m", "n", avoid), A, 0, 10, false, sequence), now);
    }

    private static Demand demand(
            String sequence, int attempt, String model, @Nullable String numericsId, Set<WorkerId> avoid) {
        return new Demand(new AttemptKey(sequence, 1, attempt, 0), model, TokenIds.of(1, 2, 3), "", numericsId, avoid);
    }

    private void output(String sequence, int tokens) {
        List<ScoredToken> scored = new ArrayList<>();
        for (int i = 0; i < tokens; i++) {
            scored.add(new ScoredToken(1, Float.NaN, List.of()));
        }
        AttemptKey key = new AttemptKey(sequence, 1, 0, 0);
        router.events(List.of(new AttemptEvent(0, new EngineEvent.Tokens(key, 0, scored))), now);
    }

    /** The worker has finished the sequence, and says so. */
    private void end(String sequence) {
        AttemptKey key = new AttemptKey(sequence, 1, 0, 0);
        router.events(List.of(new AttemptEvent(1, new EngineEvent.Finished(key, EngineEvent.FinishReason.STOP))), now);
        router.forget(sequence, now);
        router.load(new WorkerId("w", 1), STATS, now);
    }

    /** A worker has a place until the attempt's end is told. */
    private static final class FewPlaces implements WorkerSelector {
        private final Map<WorkerId, Integer> places = new HashMap<>();
        private final Map<WorkerId, String> models = new HashMap<>();
        private final Map<AttemptKey, WorkerId> held = new HashMap<>();

        @Override
        public void up(WorkerId worker, ExecutorInfo info, int most) {
            places.put(worker, most);
            models.put(worker, info.model());
        }

        @Override
        public void load(WorkerId worker, EngineStats stats) {}

        @Override
        public void cached(WorkerId worker, KvChanges changes) {}

        @Override
        public void down(WorkerId worker) {
            places.remove(worker);
        }

        private boolean isFree(WorkerId worker) {
            long taken = held.values().stream().filter(worker::equals).count();
            return taken < places.getOrDefault(worker, 0);
        }

        private Set<WorkerId> serving(String model) {
            Set<WorkerId> serving = new HashSet<>(places.keySet());
            serving.removeIf(worker -> !model.equals(models.get(worker)));
            return serving;
        }

        @Override
        public boolean hasRoom(String model) {
            return serving(model).stream().anyMatch(this::isFree);
        }

        @Override
        public Optional<Selection> select(Demand demand, boolean full) {
            for (WorkerId worker : serving(demand.model())) {
                if (!demand.avoid().contains(worker) && (full || isFree(worker))) {
                    held.put(demand.attempt(), worker);
                    return Optional.of(new Selection(worker, 0, 0, "few"));
                }
            }
            return Optional.empty();
        }

        @Override
        public void release(AttemptKey attempt) {}

        @Override
        public void arrived(AttemptKey attempt) {
            held.remove(attempt);
        }

        @Override
        public RoutingView view() {
            return RoutingView.of("few");
        }
    }
}
