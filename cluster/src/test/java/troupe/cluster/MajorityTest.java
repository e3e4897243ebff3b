package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class MajorityTest {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Majority majority = new Majority(done, 100);

    @Test
    void shouldBeDoneWhenMoreThanHalfHaveIt() {
        majority.stored("a");
        majority.stored("a");
        majority.stored("gone");
        assertFalse(majority.settle(Set.of("a", "b", "c"), 0));
        majority.stored("c");
        assertTrue(majority.settle(Set.of("a", "b", "c"), 0));
        assertTrue(done.isDone());
    }

    @Test
    void shouldNotTakeHalfForAMajority() {
        majority.stored("a");
        assertFalse(majority.settle(Set.of("a", "b"), 99));
        assertTrue(majority.settle(Set.of("a", "b"), 100));
        CompletionException e = assertThrows(CompletionException.class, done::join);
        assertEquals(
                "1 of 2 gateways have it on disk, a majority is needed; it may still come into force",
                Objects.requireNonNull(e.getCause()).getMessage());
    }
}
