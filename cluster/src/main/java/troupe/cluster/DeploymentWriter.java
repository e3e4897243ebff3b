package troupe.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Writes a gateway's deployments to its disk, one state after the other. Not thread-safe. */
final class DeploymentWriter {
    private final Optional<DeploymentFile> file;
    private final Executor blocking;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    /** @param file none: nothing is written, and that succeeds */
    DeploymentWriter(Optional<DeploymentFile> file, Executor blocking) {
        this.file = file;
        this.blocking = blocking;
    }

    /** Completes when it is on disk, or fails with {@link UncheckedIOException}; a failure does not hinder later ones. */
    CompletionStage<Void> write(List<Deployment> deployments) {
        file.ifPresent(to ->
                last = last.handle((done, failure) -> null).thenRunAsync(() -> write(to, deployments), blocking));
        return last;
    }

    private static void write(DeploymentFile to, List<Deployment> deployments) {
        try {
            to.write(deployments);
        } catch (IOException e) {
            throw new UncheckedIOException("the deployments cannot be written to " + to, e);
        }
    }
}
