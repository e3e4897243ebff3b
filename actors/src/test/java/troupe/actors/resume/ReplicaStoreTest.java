package troupe.actors.resume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import troupe.actors.resume.ReplicaStore.Outcome;

class ReplicaStoreTest {
    private static final long ROOM = 1 << 20;

    private final ReplicaStore store = new ReplicaStore(ROOM);

    @Test
    void shouldKeepEachTokenOnceHoweverTheyCome() {
        store.store("a", Requests.record("s", 1, "id", 2), 0);
        assertEquals(Outcome.TAKEN, store.append(Requests.tail("s", 1, 0, 0, 3)));
        assertEquals(Outcome.TAKEN, store.append(Requests.tail("s", 1, 0, 0, 3)));
        assertEquals(Outcome.TAKEN, store.append(Requests.tail("s", 1, 0, 2, 4)));
        assertEquals(Outcome.TAKEN, store.append(Requests.tail("s", 1, 1, 0, 1)));

        ReplicaStore.Replica replica = store.find("s").orElseThrow();
        assertEquals(Requests.tokens(0, 6), replica.tokens().get(0));
        assertEquals(List.of(6, 1), replica.counts());
    }

    @Test
    void shouldSayWhatIsMissingInsteadOfTakingWhatComesAfterIt() {
        store.store("a", Requests.record("s", 1, "id", 1), 0);
        assertEquals(Outcome.GAP, store.append(Requests.tail("s", 1, 0, 1, 2)));
        assertEquals(List.of(0), store.find("s").orElseThrow().counts());
    }

    @Test
    void shouldKeepItsTokensWhenTheSameRecordComesAgain() {
        store.store("a", Requests.record("s", 1, "id", 1), 0);
        store.append(Requests.tail("s", 1, 0, 0, 3));
        assertEquals(Outcome.TAKEN, store.store("a", Requests.record("s", 1, "id", 1), 0));
        assertEquals(List.of(3), store.find("s").orElseThrow().counts());
    }

    @Test
    void shouldBelongToTheLatestOwner() {
        store.store("b", Requests.record("s", 5, "id", 1), 0);
        assertEquals(Outcome.SUPERSEDED, store.store("a", Requests.record("s", 1, "id", 1), 0));
        assertEquals(Outcome.SUPERSEDED, store.append(Requests.tail("s", 1, 0, 0, 1)));
        assertEquals(Outcome.UNKNOWN, store.append(Requests.tail("s", 9, 0, 0, 1)));
        assertEquals(Outcome.TAKEN, store.store("c", Requests.record("s", 9, "id", 1), 0));
        assertEquals("c", store.find("s").orElseThrow().owner());
        store.free("s", 5);
        assertTrue(store.find("s").isPresent());
        store.free("s", 9);
        assertTrue(store.find("s").isEmpty());
    }

    @Test
    void shouldRefuseWhatItHasNoRoomForAndForgetWhatOutgrowsIt() {
        ReplicaStore small = new ReplicaStore(3_000);
        assertEquals(Outcome.TAKEN, small.store("a", Requests.record("s", 1, "id", 1), 0));
        assertEquals(Outcome.FULL, small.store("a", Requests.record("t", 1, "other", 1), 0));
        assertEquals(Outcome.FULL, small.append(Requests.tail("s", 1, 0, 0, 100)));
        assertEquals(0, small.size());
        assertEquals(0, small.totalBytes());
        assertEquals(Outcome.TAKEN, small.store("a", Requests.record("t", 1, "other", 1), 0));
    }

    @Test
    void shouldForgetEveryByteOfWhatIsFreed() {
        store.store("a", Requests.record("s", 1, "id", 1), 0);
        store.append(Requests.tail("s", 1, 0, 0, 10));
        store.free("s", 1);
        assertEquals(0, store.totalBytes());
    }

    @Test
    void shouldFindTheFurthestReplicaOfARequest() {
        store.store("a", Requests.record("s", 1, "id", 1), 0);
        store.store("a", Requests.record("t", 1, "id", 1), 0);
        store.append(Requests.tail("t", 1, 0, 0, 2));
        store.store("a", Requests.record("u", 1, "other", 1), 0);
        ResumeKey key = Requests.resumption("id", "body").key();
        assertEquals("t", store.find(key).orElseThrow().record().sequence());
        store.store("b", Requests.record("s", 7, "id", 1), 0);
        assertEquals("s", store.find(key).orElseThrow().record().sequence());
    }

    @Test
    void shouldKnowWhoseOwnerIsGone() {
        store.store("a", Requests.record("s", 1, "id", 1), 0);
        store.store("b", Requests.record("t", 1, "other", 1), 0);
        List<ReplicaStore.Replica> orphans = store.orphans(Set.of("b", "c"));
        assertEquals(
                List.of("t"),
                orphans.stream().map(each -> each.record().sequence()).toList());
    }

    @Test
    void shouldForgetWhatItsOwnerMustHaveEndedLongAgo() {
        store.store("a", Requests.record("s", 1, "id", 1), 5);
        long life = Requests.TIMEOUT.plus(Requests.GRACE.multipliedBy(2)).toNanos();
        store.expire(5 + life - 1);
        assertEquals(1, store.size());
        store.expire(5 + life);
        assertEquals(0, store.size());
    }
}
