package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import akka.actor.Address;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class NodeDrainsTest {
    private static final Members.Known THERE = member(true);
    private static final Members.Known SILENT = member(false);

    private final NodeDrains drains = new NodeDrains(100);
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private static Members.Known member(boolean reachable) {
        return new Members.Known("a", new Address("akka", "troupe", "a", 1), Set.of(), true, false, reachable);
    }

    private NodeDrains.Steps settle(Members.Known member, long nanos) {
        return drains.settle(Map.of("a", member), nanos);
    }

    private void assertRefused(String message) {
        CompletionException failure = assertThrows(CompletionException.class, done::join);
        assertTrue(String.valueOf(failure.getCause()).endsWith(message), failure::toString);
    }

    @Test
    void shouldAskUntilTheNodeSaysThatItDrains() {
        drains.add("a", false, done, 0);
        assertEquals(Set.of("a"), settle(THERE, 1).ask());
        assertEquals(Set.of("a"), settle(THERE, 99).ask());
        drains.report("a", false);
        drains.report("b", true);
        assertFalse(done.isDone());
        drains.report("a", true);
        assertTrue(done.isDone());
        assertEquals(Set.of(), settle(THERE, 100).ask());
    }

    @Test
    void shouldFailWhenTheNodeSaysNothing() {
        drains.add("a", true, done, 0);
        NodeDrains.Steps steps = settle(THERE, 100);
        assertRefused("the node 'a' does not answer; a drain by force (--force) downs it");
        assertEquals(List.of(), steps.down(), "who can be reached is not downed");
    }

    @Test
    void shouldOfferToDownANodeThatCannotBeReached() {
        drains.add("a", false, done, 0);
        assertEquals(List.of(), settle(SILENT, 1).down());
        assertRefused("the node 'a' cannot be reached; a drain by force (--force) downs it");
    }

    @Test
    void shouldDownANodeThatCannotBeReachedWhereThatIsWanted() {
        drains.add("a", true, done, 0);
        assertEquals(Set.of("a"), settle(THERE, 1).ask());
        assertEquals(List.of(SILENT), settle(SILENT, 2).down());
        assertTrue(done.isDone());
        assertEquals(List.of(), settle(SILENT, 3).down());
    }

    @Test
    void shouldAnswerEveryoneWhoHasAsked() {
        CompletableFuture<Void> second = new CompletableFuture<>();
        drains.add("a", false, done, 0);
        drains.add("a", false, second, 50);
        drains.settle(Map.of(), 60);
        assertTrue(done.isDone() && second.isDone(), "it has left");
    }
}
