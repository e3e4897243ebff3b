package troupe.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import troupe.actors.ModelId;
import troupe.actors.admin.AdminException;

class DeploymentsTest {
    private static final Set<String> THREE = Set.of("a", "b", "c");

    private final Deployments deployments = new Deployments("a", 100);
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private static Deployment deployment(String model, Deployment.Version version) {
        return new Deployment(new ModelId(model, "sha", "t"), model + ".gguf", 10, 1, false, 0, false, version);
    }

    private Deployment change() {
        Deployment change = deployment("m", deployments.next());
        deployments.change(change, done, 0);
        return change;
    }

    @Test
    void shouldComeIntoForceAtOnceAndBeDoneAtAMajority() {
        Deployment change = change();
        assertEquals(List.of(change), deployments.active());
        deployments.stored("a", List.of(change.version()));
        deployments.settle(THREE, 1);
        assertFalse(done.isDone());
        assertTrue(deployments.hasOpenChanges());
        deployments.stored("c", List.of(change.version()));
        deployments.settle(THREE, 2);
        assertTrue(done.isDone());
        assertFalse(deployments.hasOpenChanges());
    }

    @Test
    void shouldFailAfterTheLimitAndStayInForce() {
        Deployment change = change();
        deployments.settle(THREE, 99);
        assertFalse(done.isDone());
        deployments.settle(THREE, 100);
        CompletionException failure = assertThrows(CompletionException.class, done::join);
        assertTrue(failure.getCause() instanceof AdminException);
        assertEquals(List.of(change), deployments.active());
    }

    @Test
    void shouldCountTheGatewaysThatAreThereWhenItIsDecided() {
        Deployment change = change();
        deployments.stored("a", List.of(change.version()));
        deployments.stored("gone", List.of(change.version()));
        deployments.settle(THREE, 1);
        assertFalse(done.isDone());
        deployments.settle(Set.of("a"), 2);
        assertTrue(done.isDone());
    }

    @Test
    void shouldNotBeAnsweredByAnotherChange() {
        change();
        deployments.stored("b", List.of(new Deployment.Version(7, "b")));
        deployments.stored("c", List.of(new Deployment.Version(7, "c")));
        deployments.settle(THREE, 1);
        assertFalse(done.isDone());
    }

    @Test
    void shouldMakeEachVersionLaterThanAllThatAreKnown() {
        deployments.merge(List.of(deployment("other", new Deployment.Version(41, "z"))));
        assertEquals(new Deployment.Version(42, "a"), deployments.next());
    }

    @Test
    void shouldKeepOnDiskWhatDoesNotFollowFromTheSettings() {
        deployments.merge(List.of(deployment("implicit", Deployment.Version.IMPLICIT)));
        Deployment change = change();
        Deployment removed = deployment("m", deployments.next()).without(deployments.next());
        assertEquals(List.of(change), deployments.kept());
        deployments.merge(List.of(removed));
        assertEquals(List.of(removed), deployments.kept());
        assertEquals(2, deployments.all().size());
        assertEquals(1, deployments.active().size());
    }
}
