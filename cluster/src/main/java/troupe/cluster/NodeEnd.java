package troupe.cluster;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** When a node is over, whoever ended it. */
final class NodeEnd {
    private NodeEnd() {}

    /**
     * Completes when the actor system has ended, or its shutdown has: that waits for actors only as long as its last phase
     * may take, and those which do not stop by then are left to the end of the process.
     */
    static CompletionStage<Void> of(ActorSystem<?> system) {
        CompletableFuture<Void> end = new CompletableFuture<>();
        var _ = system.getWhenTerminated().thenRun(() -> end.complete(null));
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "tell-the-end", () -> {
            // Once one has begun, this gives its end and starts nothing.
            var _ = shutdown.runAll(CoordinatedShutdown.unknownReason())
                    .whenComplete((done, failure) -> end.complete(null));
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        return end;
    }
}
