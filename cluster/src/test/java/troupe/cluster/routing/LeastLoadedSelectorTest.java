package troupe.cluster.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static troupe.cluster.routing.Demands.attempt;
import static troupe.cluster.routing.Demands.demand;
import static troupe.cluster.routing.Demands.stats;

import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.WorkerId;
import troupe.actors.WorkerSelector.Selection;
import troupe.engine.TokenIds;

class LeastLoadedSelectorTest {
    private static final WorkerId A = new WorkerId("a", 1);
    private static final WorkerId B = new WorkerId("b", 1);

    private final LeastLoadedSelector selector = new LeastLoadedSelector();

    @Test
    void shouldSpreadABurstByItsReservationsUntilReportsIncludeThem() {
        up();
        assertEquals(Optional.of(A), select(0, null, Set.of()));
        selector.release(attempt(0));
        assertEquals(Optional.of(B), select(1, null, Set.of()));
        assertEquals(Optional.of(A), select(2, null, Set.of()));
        // The first attempt is done, the third on the way.
        selector.load(A, stats(1, 0, 0));
        assertEquals(Optional.of(A), select(3, null, Set.of()));
        assertEquals(Optional.of(B), select(4, null, Set.of()));
    }

    @Test
    void shouldPreferTheWorkerWithFewerWaitingTokens() {
        up();
        selector.load(A, stats(1, 1, 500));
        assertEquals(Optional.of(B), select(0, null, Set.of()));
        assertEquals(Optional.of(B), select(1, null, Set.of()));
    }

    @Test
    void shouldChooseNeitherAvoidedNorOtherNumericsNorLostWorkers() {
        up();
        assertEquals(Optional.of(B), select(0, "n", Set.of(A)));
        assertEquals(Optional.empty(), select(1, "another", Set.of()));
        selector.down(A);
        selector.down(B);
        assertEquals(Optional.empty(), select(2, null, Set.of()));
    }

    @Test
    void shouldMoveTheReservationOfAnAttemptThatIsChosenForAnew() {
        up();
        assertEquals(Optional.of(A), select(0, null, Set.of()));
        assertEquals(Optional.of(B), select(0, null, Set.of(A)));
        assertEquals(Optional.of(A), select(1, null, Set.of()));
    }

    private void up() {
        selector.up(A, Demands.info("n"));
        selector.up(B, Demands.info("n"));
    }

    private Optional<WorkerId> select(int attempt, @Nullable String numericsId, Set<WorkerId> avoid) {
        return selector.select(demand(attempt, TokenIds.of(1, 2, 3), numericsId, avoid))
                .map(Selection::worker);
    }
}
