package troupe.actors;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** One engine from the beginning of its start to its end, on threads that may block. May be closed at any time. */
final class EngineRun {
    private final Executor blocking;
    /** Set by whoever comes first: the start, or a close that makes it needless. */
    private final AtomicBoolean begun = new AtomicBoolean();

    private final CompletableFuture<EngineHandle> started;

    private EngineRun(CompletionStage<Void> after, Duration pause, Supplier<EngineHandle> engine, Executor blocking) {
        this.blocking = blocking;
        Executor delayed = pause.isZero()
                ? blocking
                : CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS, blocking);
        started = after.toCompletableFuture().handleAsync((done, failure) -> start(engine), delayed);
    }

    /**
     * Starts an engine.
     *
     * @param after the end of the one before, whether it went well or not
     * @param pause after that
     */
    static EngineRun start(
            CompletionStage<Void> after, Duration pause, Supplier<EngineHandle> engine, Executor blocking) {
        return new EngineRun(after, pause, engine, blocking);
    }

    private EngineHandle start(Supplier<EngineHandle> engine) {
        if (!begun.compareAndSet(false, true)) {
            throw new CancellationException("the engine was closed before its start");
        }
        return engine.get();
    }

    /** The engine, or why it did not start. */
    CompletionStage<EngineHandle> started() {
        return started;
    }

    /**
     * Closes the engine: at once if it runs, after its start if that is under way.
     *
     * @return completes when it is closed, or fails when that has taken longer than {@code patience}
     */
    CompletableFuture<Void> close(Duration patience) {
        return closed().orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Likewise, however long it takes. */
    CompletableFuture<Void> closed() {
        if (begun.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(null);
        }
        return started.handleAsync(
                (engine, failure) -> {
                    if (failure == null) {
                        engine.close();
                    }
                    return null;
                },
                blocking);
    }
}
