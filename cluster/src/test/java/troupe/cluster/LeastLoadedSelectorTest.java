package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector.Demand;
import troupe.actors.WorkerSelector.Selection;
import troupe.engine.AttemptKey;
import troupe.engine.EngineStats;
import troupe.engine.TokenIds;
import troupe.engine.testing.StubModel;

class LeastLoadedSelectorTest {
    private static final WorkerId A = new WorkerId("a", 1);
    private static final WorkerId B = new WorkerId("b", 1);

    private final LeastLoadedSelector selector = new LeastLoadedSelector();

    @Test
    void shouldSpreadABurstByItsReservationsUntilTheyAreReleased() {
        up();
        assertEquals(Optional.of(A), select(0, null, Set.of()));
        assertEquals(Optional.of(B), select(1, null, Set.of()));
        selector.release(key(0));
        assertEquals(Optional.of(A), select(2, null, Set.of()));
    }

    @Test
    void shouldPreferTheWorkerWithFewerWaitingTokens() {
        up();
        selector.load(A, new EngineStats(0, 1, 500, 0, 0, 0, 0, 0, 0, 0, 0, 0, null));
        assertEquals(Optional.of(B), select(0, null, Set.of()));
        assertEquals(Optional.of(B), select(1, null, Set.of()));
    }

    @Test
    void shouldChooseNeitherAvoidedNorOtherNumericsNorLostWorkers() {
        up();
        assertEquals(Optional.of(B), select(0, "stub-v1", Set.of(A)));
        assertEquals(Optional.empty(), select(1, "another", Set.of()));
        selector.down(A);
        selector.down(B);
        assertEquals(Optional.empty(), select(2, null, Set.of()));
    }

    private void up() {
        selector.up(A, StubModel.info(64, 16, 8));
        selector.up(B, StubModel.info(64, 16, 8));
    }

    private Optional<WorkerId> select(int attempt, @Nullable String numericsId, Set<WorkerId> avoid) {
        return selector.select(new Demand(key(attempt), "stub", TokenIds.of(1, 2, 3), "", numericsId, avoid))
                .map(Selection::worker);
    }

    private static AttemptKey key(int attempt) {
        return new AttemptKey("s", 1, attempt, 0);
    }
}
