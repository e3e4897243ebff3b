package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import troupe.actors.Batcher;
import troupe.actors.EngineFactory;
import troupe.actors.ModelId;
import troupe.actors.ServedModel;
import troupe.actors.WorkerId;
import troupe.actors.admin.ClusterView.ReplicaStatus;
import troupe.engine.EngineStats;

class ReplicaTableTest {
    private static final ReplicaSpec A = spec("a", 60, 20);
    private static final ReplicaSpec B = spec("b", 60, 0);

    private final ReplicaTable<String> table = new ReplicaTable<>(100, 30);
    private int closed;

    private static ReplicaSpec spec(String model, long weights, long kv) {
        return new ReplicaSpec(new ModelId(model, "sha", "tokenizer"), model + ".gguf", weights, kv);
    }

    private Replica<String> running(ReplicaSpec spec) {
        Replica<String> replica = table.add(spec.model().name(), spec);
        replica.started(new Model(), "batcher");
        replica.says(state(true, null));
        return replica;
    }

    private static Batcher.State state(boolean runs, @Nullable String failure) {
        return new Batcher.State(
                new WorkerId("a", 1),
                runs ? new EngineStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, null) : null,
                false,
                failure);
    }

    @Test
    void shouldSayWhatAReplicaNeedsThatDoesNotFit() {
        assertEquals(Optional.empty(), table.excess(table.add("first", A)));
        assertEquals(
                Optional.of("it needs 90 bytes (weights 60, KV cache 30), of this node's memory 20 are free"),
                table.excess(table.add("second", B)));
    }

    @Test
    void shouldKeepNoMemoryForOneThatFailed() {
        Replica<String> failed = table.add("first", A);
        failed.fail("no file", 0);
        assertEquals(0, failed.report().reservedBytes());
        assertEquals(Optional.empty(), table.excess(table.add("second", B)));
    }

    @Test
    void shouldBringWhatIsWantedAndNotThere() {
        running(A);
        assertFalse(table.isToCome(A));
        assertTrue(table.isToCome(B), "it is refused in words then");
        assertEquals(List.of(), table.unwanted(List.of(A, B)));
        assertEquals("a", table.unwanted(List.of(B)).getFirst().name());
    }

    @Test
    void shouldLetAReplicaWaitForTheMemoryOfOneThatDrains() {
        Replica<String> old = running(A);
        assertTrue(old.drain());
        assertFalse(old.drain(), "once is enough");
        assertFalse(table.isToCome(B));
        table.remove(old);
        assertEquals(1, closed);
        assertTrue(table.isToCome(B));
        assertTrue(table.isEmpty());
    }

    @Test
    void shouldBringAnotherOneOfASpecificationThatDrains() {
        ReplicaSpec small = spec("small", 10, 10);
        running(small).drain();
        assertTrue(table.isToCome(small));
    }

    @Test
    void shouldFollowWhatTheBatcherSaysUntilItDrains() {
        Replica<String> replica = running(A);
        assertEquals(ReplicaStatus.READY, replica.status());
        assertTrue(replica.says(state(false, "the device is gone")));
        assertEquals(ReplicaStatus.LOADING, replica.report().status());
        assertEquals("the device is gone", replica.report().message());
        assertFalse(replica.says(state(false, null)));
        assertTrue(replica.says(state(true, null)));
        replica.drain();
        assertFalse(replica.says(state(false, null)));
        assertEquals(ReplicaStatus.DRAINING, replica.status());
    }

    @Test
    void shouldTryAgainAfterAWhile() {
        Replica<String> replica = table.add("first", A);
        assertFalse(replica.mayBeTriedAgain(Long.MAX_VALUE));
        replica.fail("no file", 5);
        assertFalse(replica.mayBeTriedAgain(5 + Duration.ofSeconds(30).toNanos()));
        assertTrue(replica.mayBeTriedAgain(6 + Duration.ofSeconds(30).toNanos()));
    }

    private final class Model implements NodeModel {
        @Override
        public ServedModel served() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long weightBytes() {
            throw new UnsupportedOperationException();
        }

        @Override
        public EngineFactory engines(String worker, long kvMemoryBytes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
