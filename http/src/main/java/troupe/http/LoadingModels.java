package troupe.http;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import troupe.actors.ServedModel;

/** Lets requests wait for models that this node is still opening: so many, so long. */
final class LoadingModels {
    private final Duration limit;
    private final int mostWaiting;
    private final AtomicInteger waiting = new AtomicInteger();

    LoadingModels(Duration limit, int mostWaiting) {
        this.limit = limit;
        this.mostWaiting = mostWaiting;
    }

    /**
     * The model once it is open.
     *
     * @return fails with an {@link ApiException} of status 503 where that takes too long, or has failed
     * @throws ApiException likewise, where too many wait already
     */
    CompletionStage<ServedModel> await(String name, CompletionStage<ServedModel> opening) {
        CompletableFuture<ServedModel> model = opening.toCompletableFuture();
        if (model.isDone()) {
            return model.handle((opened, failure) -> result(name, opened, failure));
        }
        if (waiting.incrementAndGet() > mostWaiting) {
            waiting.decrementAndGet();
            throw unavailable(
                    mostWaiting + " requests wait for models that are being loaded, the most that may", "overloaded");
        }
        return model.copy()
                .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
                .whenComplete((opened, failure) -> waiting.decrementAndGet())
                .handle((opened, failure) -> result(name, opened, failure));
    }

    private ServedModel result(String name, ServedModel opened, @Nullable Throwable failure) {
        if (failure == null) {
            return opened;
        }
        throw ApiException.cause(failure) instanceof TimeoutException
                ? unavailable(
                        "the model '" + name + "' is still being loaded after " + limit.toMillis() + " ms",
                        "model_loading")
                : unavailable(
                        "this gateway could not load the model '" + name + "', its log says why", "model_unavailable");
    }

    private static ApiException unavailable(String message, String code) {
        return new ApiException(503, message, "server_error", "model", code);
    }
}
