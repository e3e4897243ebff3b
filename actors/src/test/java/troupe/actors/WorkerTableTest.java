package troupe.actors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import troupe.engine.testing.StubModel;

class WorkerTableTest {
    private static final WorkerId OLD = new WorkerId("w", 1);
    private static final WorkerId NEW = new WorkerId("w", 2);
    private static final Duration LIMIT = Duration.ofNanos(10);

    private static final ModelId MODEL = new ModelId("stub", "sha", "words");

    private final WorkerTable<String> table = new WorkerTable<>();

    @Test
    void shouldKeepTheLatestIncarnationOfAName() {
        assertTrue(table.up(worker(OLD), 0));
        assertTrue(table.up(worker(NEW), 0));
        assertFalse(table.up(worker(OLD), 0));
        assertEquals(1, table.size());
        assertEquals(Optional.empty(), table.find(OLD));
        assertEquals(Optional.of(worker(NEW)), table.find(NEW));
    }

    @Test
    void shouldForgetAWorkerOnlyByItsOwnIncarnation() {
        table.up(worker(NEW), 0);
        assertEquals(Optional.empty(), table.down(OLD));
        assertEquals(Optional.of(worker(NEW)), table.down(NEW));
        assertEquals(0, table.size());
    }

    @Test
    void shouldNameTheWorkersThatHaveSaidNothingForTooLong() {
        table.up(worker(NEW), 0);
        assertEquals(List.of(), table.silent(LIMIT, 10));
        assertEquals(List.of(NEW), table.silent(LIMIT, 11));
        assertTrue(table.sign(NEW, 11));
        assertEquals(List.of(), table.silent(LIMIT, 21));
        assertFalse(table.up(worker(NEW), 30));
        assertEquals(List.of(), table.silent(LIMIT, 40));
        assertFalse(table.sign(OLD, 50));
        assertEquals(List.of(NEW), table.silent(LIMIT, 50));
    }

    @Test
    void shouldSayWhichModelsAreServedByWorkersThatTakeSomethingNew() {
        table.up(worker(NEW), 0);
        assertTrue(table.serves("stub", null));
        assertTrue(table.serves("stub", "stub-v1"));
        assertFalse(table.serves("stub", "another"));
        assertFalse(table.serves("another", null));
        assertFalse(table.drains(OLD));
        assertTrue(table.drains(NEW));
        assertFalse(table.drains(NEW));
        assertFalse(table.serves("stub", null));
    }

    @Test
    void shouldForgiveASilenceInWhichNobodyCouldBeHeard() {
        table.up(worker(NEW), 0);
        table.signOfAll(100);
        assertEquals(List.of(), table.silent(LIMIT, 110));
    }

    private static WorkerTable.Worker<String> worker(WorkerId id) {
        return new WorkerTable.Worker<>(id, MODEL, StubModel.info(64, 16, 8), "batcher");
    }
}
